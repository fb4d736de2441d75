//! Exact decimal numbers: the value of a JSON number without rounding.

use std::cmp::Ordering;

use serde_json::Number;

/// `mantissa × 10^exponent`. The mantissa has no trailing zeros, so equal numbers are equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

impl Decimal {
    pub(crate) const ZERO: Self = Self { mantissa: 0, exponent: 0 };
    pub(crate) const ONE: Self = Self { mantissa: 1, exponent: 0 };

    pub(crate) fn new(mut mantissa: i128, mut exponent: i32) -> Self {
        if mantissa == 0 {
            return Self::ZERO;
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Self { mantissa, exponent }
    }

    pub(crate) fn from_integer(value: i128) -> Self {
        Self::new(value, 0)
    }

    /// The value of the shortest decimal form of `number`.
    pub(crate) fn from_number(number: &Number) -> Option<Self> {
        if let Some(value) = number.as_i64() {
            return Some(Self::from_integer(value.into()));
        }
        if let Some(value) = number.as_u64() {
            return Some(Self::from_integer(value.into()));
        }
        let text = format!("{:e}", number.as_f64()?);
        let (digits, exponent) = text.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self::new(mantissa, exponent - i32::try_from(fraction.len()).ok()?))
    }

    /// The JSON number with exactly this value, if there is one.
    pub(crate) fn to_number(self) -> Option<Number> {
        if let Some(integer) = self.to_integer() {
            if let Ok(value) = u64::try_from(integer) {
                return Some(value.into());
            }
            if let Ok(value) = i64::try_from(integer) {
                return Some(value.into());
            }
        }
        let value: f64 = format!("{}e{}", self.mantissa, self.exponent).parse().ok()?;
        Number::from_f64(value).filter(|number| Self::from_number(number) == Some(self))
    }

    pub(crate) fn to_integer(self) -> Option<i128> {
        let scale = u32::try_from(self.exponent).ok()?;
        self.mantissa.checked_mul(10_i128.checked_pow(scale)?)
    }

    pub(crate) fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Both mantissas, scaled to the smaller of the two exponents, and that exponent.
    fn align(self, other: Self) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        let scale = |value: Self| {
            let shift = u32::try_from(value.exponent.checked_sub(exponent)?).ok()?;
            value.mantissa.checked_mul(10_i128.checked_pow(shift)?)
        };
        Some((scale(self)?, scale(other)?, exponent))
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        let (left, right, exponent) = self.align(other)?;
        Some(Self::new(left.checked_add(right)?, exponent))
    }

    pub(crate) fn times(self, factor: i128) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(factor)?, self.exponent))
    }

    pub(crate) fn half(self) -> Option<Self> {
        Some(Self::new(self.mantissa.checked_mul(5)?, self.exponent - 1))
    }

    /// Whether `self` is an integer multiple of `step`. `None` if the numbers are too large.
    pub(crate) fn is_multiple_of(self, step: Self) -> Option<bool> {
        if self.mantissa == 0 {
            return Some(true);
        }
        let shift = self.exponent - step.exponent;
        if shift < 0 {
            let scale = 10_i128.checked_pow(shift.unsigned_abs());
            let Some(divisor) = scale.and_then(|scale| step.mantissa.checked_mul(scale)) else {
                return Some(false);
            };
            return Some(self.mantissa % divisor == 0);
        }
        let modulus = u64::try_from(step.mantissa.unsigned_abs()).ok()?;
        let modulus = u128::from(modulus);
        let mut rest = self.mantissa.unsigned_abs() % modulus;
        let (mut power, mut left) = (10 % modulus, shift.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                rest = rest * power % modulus;
            }
            power = power * power % modulus;
            left >>= 1;
        }
        Some(rest == 0)
    }

    /// The largest `k` with `k × step <= self`.
    pub(crate) fn floor_steps(self, step: Self) -> Option<i128> {
        let (value, step, _) = self.align(step)?;
        Some(value.div_euclid(step))
    }

    /// The least common multiple of two positive numbers.
    pub(crate) fn common_multiple(self, other: Self) -> Option<Self> {
        let (left, right, exponent) = self.align(other)?;
        let (mut a, mut b) = (left, right);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Self::new((left / a).checked_mul(right)?, exponent))
    }

    /// The position of the leading digit: `10^(n-1) <= |self| < 10^n`.
    fn magnitude(self) -> i64 {
        i64::from(self.exponent) + i64::from(self.mantissa.unsigned_abs().ilog10()) + 1
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.mantissa.signum().cmp(&other.mantissa.signum());
        if signs != Ordering::Equal || self.mantissa == 0 {
            return signs;
        }
        let by_size = self.magnitude().cmp(&other.magnitude()).then_with(|| self.compare_digits(*other));
        if self.mantissa > 0 { by_size } else { by_size.reverse() }
    }
}

impl Decimal {
    /// Compares the absolute values of two numbers of one magnitude, digit by digit.
    fn compare_digits(self, other: Self) -> Ordering {
        let digits = |value: Self| value.mantissa.unsigned_abs().to_string().into_bytes();
        digits(self).cmp(&digits(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_number(&text.parse().expect("a JSON number")).expect("a decimal")
    }

    #[test]
    fn numbers_compare_exactly_beyond_two_to_the_53() {
        assert!(decimal("9007199254740993") > decimal("9007199254740992"));
        assert!(decimal("18446744073709551615") > decimal("9223372036854775807"));
        assert!(decimal("-0.5") < decimal("-0.25"));
        assert!(decimal("1e300") > decimal("18446744073709551615"));
        assert_eq!(decimal("1.0"), decimal("1"));
    }

    #[test]
    fn multiples_are_decimal_not_binary() {
        assert_eq!(decimal("19.99").is_multiple_of(decimal("0.01")), Some(true));
        assert_eq!(decimal("1e300").is_multiple_of(decimal("3")), Some(false));
        assert_eq!(decimal("1e300").is_multiple_of(decimal("0.5")), Some(true));
        assert_eq!(decimal("6").common_multiple(decimal("4")), Some(decimal("12")));
    }

    #[test]
    fn numbers_survive_a_round_trip() {
        for text in ["0", "-1", "18446744073709551615", "-9223372036854775808", "0.1", "1.5e-7"] {
            let number: Number = text.parse().expect("a JSON number");
            assert_eq!(decimal(text).to_number(), Some(number), "{text}");
        }
    }
}
