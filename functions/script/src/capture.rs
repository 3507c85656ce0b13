//! Keeps the beginning of what a script writes, and reads the rest without keeping it: a script that writes much neither
//! fills the memory nor hangs on a full pipe.

use std::io::Read;

/// The most that is kept of standard output, in bytes.
pub(crate) const STDOUT_KEPT: usize = 3 * 1024 * 1024;

/// The most that is kept of standard error, in bytes.
pub(crate) const STDERR_KEPT: usize = 512 * 1024;

/// What was written, as far as it is kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Captured {
    /// As text; what is not UTF-8 is replaced.
    pub(crate) text: String,
    /// Whether there was more.
    pub(crate) cut: bool,
}

/// Reads `stream` to its end, and keeps at most `kept` bytes.
pub(crate) fn capture(mut stream: impl Read, kept: usize) -> Captured {
    let mut bytes = Vec::new();
    let mut cut = false;
    let mut buffer = [0; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                let room = (kept - bytes.len()).min(read);
                bytes.extend_from_slice(&buffer[..room]);
                cut |= room < read;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    Captured { text, cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_kept_and_the_rest_is_read_away() {
        let endless = std::io::repeat(b'x').take(1_000_000);
        let captured = capture(endless, 100);
        assert_eq!(captured.text, "x".repeat(100));
        assert!(captured.cut);
    }

    #[test]
    fn what_fits_is_whole() {
        let captured = capture(&b"12345"[..], 5);
        assert_eq!((captured.text.as_str(), captured.cut), ("12345", false));
    }

    #[test]
    fn what_is_not_text_is_replaced() {
        assert_eq!(capture(&b"a\xff\xfeb"[..], 10).text, "a\u{fffd}\u{fffd}b");
    }
}
