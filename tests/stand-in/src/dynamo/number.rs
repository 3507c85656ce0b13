//! DynamoDB's numbers: exact decimals of at most 38 significant digits, between 1E-130 and 9.99…E+125. Always normalised,
//! so that equal numbers are equal values, and print as DynamoDB prints them: without an exponent.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The most significant digits.
const DIGITS: u32 = 38;
/// The lowest power of ten of a leading digit, and the highest.
const MAGNITUDES: std::ops::RangeInclusive<i32> = -130..=125;

/// A number: `coefficient × 10^exponent`. The coefficient ends in no zero; that of zero is positive, with exponent 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    is_negative: bool,
    coefficient: u128,
    exponent: i32,
}

/// Why something is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It does not read as one.
    #[error("The parameter cannot be converted to a numeric value: {0}")]
    Malformed(String),
    /// It has too many digits.
    #[error("Attempting to store more than 38 significant digits in a Number")]
    TooPrecise,
    /// It is too large.
    #[error(
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    )]
    TooLarge,
    /// It is too close to zero.
    #[error(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    )]
    TooSmall,
}

impl Number {
    const ZERO: Self = Self {
        is_negative: false,
        coefficient: 0,
        exponent: 0,
    };

    /// Normalises, and refuses what DynamoDB has no room for.
    fn of(
        is_negative: bool,
        mut coefficient: u128,
        mut exponent: i32,
    ) -> Result<Self, NumberError> {
        if coefficient == 0 {
            return Ok(Self::ZERO);
        }
        while coefficient.is_multiple_of(10) {
            coefficient /= 10;
            exponent += 1;
        }
        let digits = coefficient.ilog10() + 1;
        if digits > DIGITS {
            return Err(NumberError::TooPrecise);
        }
        let number = Self {
            is_negative,
            coefficient,
            exponent,
        };
        match number.magnitude() {
            magnitude if magnitude > *MAGNITUDES.end() => Err(NumberError::TooLarge),
            magnitude if magnitude < *MAGNITUDES.start() => Err(NumberError::TooSmall),
            _ => Ok(number),
        }
    }

    fn digits(self) -> u32 {
        self.coefficient.checked_ilog10().unwrap_or_default() + 1
    }

    /// The power of ten of the leading digit.
    fn magnitude(self) -> i32 {
        self.exponent + i32::try_from(self.digits()).unwrap_or_default() - 1
    }

    /// The coefficient with exponent `exponent`, which is not above its own; `None` if that is too long.
    fn aligned(self, exponent: i32) -> Option<u128> {
        let shift = u32::try_from(self.exponent - exponent).ok()?;
        self.coefficient.checked_mul(10_u128.checked_pow(shift)?)
    }

    /// The sum.
    ///
    /// # Errors
    /// If the exact sum has more than 38 digits, or is too large.
    pub fn plus(self, other: Self) -> Result<Self, NumberError> {
        // A zero has no magnitude that could be too far away.
        if self.coefficient == 0 {
            return Ok(other);
        }
        if other.coefficient == 0 {
            return Ok(self);
        }
        let exponent = self.exponent.min(other.exponent);
        let (Some(ours), Some(theirs)) = (self.aligned(exponent), other.aligned(exponent)) else {
            return Err(NumberError::TooPrecise);
        };
        if self.is_negative == other.is_negative {
            let sum = ours.checked_add(theirs).ok_or(NumberError::TooPrecise)?;
            return Self::of(self.is_negative, sum, exponent);
        }
        match ours.cmp(&theirs) {
            Ordering::Less => Self::of(other.is_negative, theirs - ours, exponent),
            _ => Self::of(self.is_negative, ours - theirs, exponent),
        }
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`Self::plus`].
    pub fn minus(self, other: Self) -> Result<Self, NumberError> {
        let is_negative = !other.is_negative && other.coefficient != 0;
        self.plus(Self {
            is_negative,
            ..other
        })
    }

    /// Bytes that it takes: two digits a byte, one for the magnitude, one for a minus.
    pub fn size(self) -> usize {
        let digits = usize::try_from(self.digits()).unwrap_or_default();
        digits.div_ceil(2) + 1 + usize::from(self.is_negative)
    }

    fn cmp_absolute(self, other: Self) -> Ordering {
        if self.coefficient == 0 || other.coefficient == 0 {
            return self.coefficient.cmp(&other.coefficient);
        }
        self.magnitude().cmp(&other.magnitude()).then_with(|| {
            // Of the same magnitude, so that the longer one's digits are what both are written in.
            let exponent = self.exponent.min(other.exponent);
            self.aligned(exponent).cmp(&other.aligned(exponent))
        })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.cmp_absolute(*other),
            (true, true) => other.cmp_absolute(*self),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::of(false, value.into(), 0).unwrap_or(Self::ZERO)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let malformed = || NumberError::Malformed(text.to_owned());
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().map_err(|_| malformed())?),
        };
        let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(malformed());
        }
        let (mut coefficient, mut zeros, mut exponent) = (0_u128, 0_u32, 0_i32);
        for (digit, is_fraction) in whole
            .bytes()
            .map(|digit| (digit, false))
            .chain(fraction.bytes().map(|digit| (digit, true)))
        {
            if !digit.is_ascii_digit() {
                return Err(malformed());
            }
            exponent -= i32::from(is_fraction);
            // Zeros wait: only a digit behind them makes them significant.
            zeros += 1;
            if digit != b'0' {
                coefficient = 10_u128
                    .checked_pow(zeros)
                    .and_then(|shift| coefficient.checked_mul(shift))
                    .and_then(|shifted| shifted.checked_add(u128::from(digit - b'0')))
                    .ok_or(NumberError::TooPrecise)?;
                zeros = 0;
            } else if coefficient == 0 {
                zeros = 0;
            }
        }
        let zeros = i32::try_from(zeros).map_err(|_| malformed())?;
        let exponent = exponent
            .checked_add(zeros)
            .and_then(|exponent| exponent.checked_add(power))
            .ok_or(NumberError::TooLarge)?;
        Self::of(is_negative, coefficient, exponent)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative {
            formatter.write_str("-")?;
        }
        let digits = self.coefficient.to_string();
        let length = i32::try_from(digits.len()).unwrap_or_default();
        let point = length + self.exponent;
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
        if self.exponent >= 0 {
            write!(formatter, "{digits}{}", zeros(self.exponent))
        } else if point <= 0 {
            write!(formatter, "0.{}{digits}", zeros(-point))
        } else {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
            write!(formatter, "{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_is_printed_plainly_and_without_superfluous_digits() {
        for (given, printed) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("1E+2", "100"),
            ("0012.3400", "12.34"),
            ("-.5", "-0.5"),
            ("1e-3", "0.001"),
            ("18446744073709551615", "18446744073709551615"),
            (
                "99999999999999999999999999999999999999",
                "99999999999999999999999999999999999999",
            ),
        ] {
            assert_eq!(number(given).to_string(), printed, "{given}");
        }
    }

    #[test]
    fn what_is_no_number_of_dynamodbs_is_refused() {
        for text in ["", "-", ".", "1e", "0x1", "NaN", "1 ", "1.2.3"] {
            let parsed = text.parse::<Number>();
            assert_eq!(parsed, Err(NumberError::Malformed(text.to_owned())));
        }
        let long = "1".repeat(39);
        assert_eq!(long.parse::<Number>(), Err(NumberError::TooPrecise));
        assert_eq!("1E126".parse::<Number>(), Err(NumberError::TooLarge));
        assert_eq!("1E-131".parse::<Number>(), Err(NumberError::TooSmall));
    }

    #[test]
    fn a_number_takes_a_byte_for_two_digits_and_one_more() {
        assert_eq!(number("1").size(), 2);
        assert_eq!(number("123").size(), 3);
        assert_eq!(number("-123").size(), 4);
        assert_eq!(number("1000000").size(), 2);
    }

    #[test]
    fn numbers_far_apart_are_compared_and_not_added() {
        let (large, small) = (number("1E125"), number("1E-130"));
        assert!(large > small);
        assert_eq!(large.plus(small), Err(NumberError::TooPrecise));
        assert_eq!(large.plus(number("0")), Ok(large));
    }

    proptest! {
        #[test]
        fn whole_numbers_behave_as_whole_numbers(a: i64, b: i64) {
            let (ours, theirs) = (number(&a.to_string()), number(&b.to_string()));
            prop_assert_eq!(ours.cmp(&theirs), a.cmp(&b));
            let (a, b) = (i128::from(a), i128::from(b));
            prop_assert_eq!(ours.plus(theirs).unwrap().to_string(), (a + b).to_string());
            prop_assert_eq!(ours.minus(theirs).unwrap().to_string(), (a - b).to_string());
        }

        #[test]
        fn a_number_survives_its_printing(coefficient in 0..10_u128.pow(37), exponent in -130..80_i32) {
            let printed = format!("{coefficient}E{exponent}");
            if let Ok(number) = printed.parse::<Number>() {
                prop_assert_eq!(number.to_string().parse(), Ok(number));
            }
        }
    }
}
