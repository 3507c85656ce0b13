//! One panel of the picture: a frame with its axes, and one series as an area.

use std::fmt::Write;

use super::scale::Scale;

/// Where a panel lies.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A panel, without its series.
pub struct Panel<'a> {
    pub frame: Frame,
    /// What it shows; not said again in other columns.
    pub title: &'a str,
    pub scale: Scale,
    /// Whether the lines of the scale say what they stand for.
    pub has_labels: bool,
    /// From when to when, in seconds.
    pub time: (f64, f64),
    /// A line that must not be passed.
    pub limit: Option<f64>,
}

impl Panel<'_> {
    /// Draws it with `points`: seconds, and what was then.
    pub fn draw(&self, points: &[(f64, f64)]) -> String {
        let Frame {
            x,
            y,
            width,
            height,
        } = self.frame;
        let (right, bottom) = (x + width, y + height);
        let mut svg = String::new();
        let mut put = |text: String| svg.push_str(&text);
        if !self.title.is_empty() {
            put(format!(
                r#"<text x="{x}" y="{}">{}</text>"#,
                y - 8.0,
                self.title
            ));
        }
        for value in self.scale.lines() {
            let at = self.y_of(value);
            put(format!(
                r#"<line class="grid" x1="{x}" x2="{right}" y1="{at:.1}" y2="{at:.1}"/>"#
            ));
            if self.has_labels {
                put(format!(
                    r#"<text class="small" x="{}" y="{:.1}" text-anchor="end">{value}</text>"#,
                    x - 6.0,
                    at + 4.0
                ));
            }
        }
        for second in self.seconds() {
            put(format!(
                r#"<text class="small" x="{:.1}" y="{}" text-anchor="middle">{}</text>"#,
                self.x_of(second),
                bottom + 15.0,
                spoken(second)
            ));
        }
        let at = self.x_of(0.0);
        put(format!(
            r#"<line class="at" x1="{at:.1}" x2="{at:.1}" y1="{y}" y2="{bottom}"/>"#
        ));
        put(self.area(points));
        if let Some(limit) = self.limit {
            let at = self.y_of(limit);
            put(format!(
                r#"<line class="limit" x1="{x}" x2="{right}" y1="{at:.1}" y2="{at:.1}"/>"#
            ));
        }
        svg
    }

    fn area(&self, points: &[(f64, f64)]) -> String {
        let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
            return String::new();
        };
        let bottom = self.frame.y + self.frame.height;
        let mut path = format!("M{:.1} {bottom}", self.x_of(*first));
        for (second, value) in points {
            // Writing to a string cannot fail.
            let _ = write!(path, "L{:.1} {:.1}", self.x_of(*second), self.y_of(*value));
        }
        format!(
            r#"<path class="area" d="{path}L{:.1} {bottom}Z"/>"#,
            self.x_of(*last)
        )
    }

    fn x_of(&self, second: f64) -> f64 {
        let (from, until) = self.time;
        self.frame.x + (second - from) / (until - from) * self.frame.width
    }

    fn y_of(&self, value: f64) -> f64 {
        self.frame.y + (1.0 - self.scale.place(value)) * self.frame.height
    }

    /// Round seconds, four to eight of them.
    fn seconds(&self) -> Vec<f64> {
        let (from, until) = self.time;
        let steps = [2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 600.0, 1_800.0];
        let step = steps.into_iter().find(|step| (until - from) / step <= 8.0);
        let step = step.unwrap_or(3_600.0);
        // Adding zero makes none of minus zero.
        let first = (from / step).ceil() * step + 0.0;
        let seconds = std::iter::successors(Some(first), |second| Some(second + step));
        seconds.take_while(|second| *second <= until).collect()
    }
}

/// Seconds as people say them: in minutes where they are whole.
fn spoken(second: f64) -> String {
    if second != 0.0 && second % 60.0 == 0.0 {
        format!("{} min", second / 60.0)
    } else {
        format!("{second} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_drawn_within_its_frame() {
        let panel = Panel {
            frame: Frame {
                x: 10.0,
                y: 20.0,
                width: 100.0,
                height: 50.0,
            },
            title: "calls",
            scale: Scale::linear(0.0, 10.0, 5.0),
            has_labels: true,
            time: (-10.0, 30.0),
            limit: Some(5.0),
        };
        let drawn = panel.draw(&[(-10.0, 0.0), (30.0, 99.0)]);
        assert!(
            drawn.contains("M10.0 70L10.0 70.0L110.0 20.0L110.0 70Z"),
            "{drawn}"
        );
        assert!(
            drawn.contains(r#"class="limit" x1="10" x2="110" y1="45.0""#),
            "{drawn}"
        );
    }
}
