//! Typed indices and addresses, so that positions of different tables cannot be mixed up.

use std::fmt;
use std::str::FromStr;

macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident($repr:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name($repr);

        impl $name {
            pub const fn new(value: $repr) -> Self {
                Self(value)
            }

            pub const fn get(self) -> $repr {
                self.0
            }

            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<$repr> for $name {
            fn from(value: $repr) -> Self {
                Self(value)
            }
        }
    };
}

index_type! {
    /// Position of an object in one snapshot; valid only there. Shown to people as the object id `@1a2b`.
    ObjectIx(u32)
}
index_type! {
    /// Position of a type in the snapshot's type table.
    TypeIx(u32)
}
index_type! {
    /// Position of a text in the snapshot's interned string table. Equal texts have equal positions.
    StrIx(u32)
}
index_type! {
    /// Position of an allocation site in one snapshot; equal sites have equal positions.
    SiteIx(u32)
}
index_type! {
    /// `id(obj)` at dump time. The interpreter may reuse it afterwards.
    Address(u64)
}

impl fmt::Display for ObjectIx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{:x}", self.0)
    }
}

impl FromStr for ObjectIx {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits = text.strip_prefix('@').ok_or(ParseIdError)?;
        hex(digits).and_then(|value| u32::try_from(value).ok()).map(Self).ok_or(ParseIdError)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl FromStr for Address {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or(ParseIdError)?;
        hex(digits).map(Self).ok_or(ParseIdError)
    }
}

/// `from_str_radix` alone would also take a sign.
fn hex(digits: &str) -> Option<u64> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}

/// The text is neither an object id nor an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an object id such as @1a2b or an address such as 0x7f00aa10")]
pub struct ParseIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_through_their_text() {
        assert_eq!("@1a2b".parse(), Ok(ObjectIx::new(0x1a2b)));
        assert_eq!(ObjectIx::new(0x1a2b).to_string(), "@1a2b");
        assert_eq!("0x7f00aa10".parse(), Ok(Address::new(0x7f00_aa10)));
        assert_eq!(Address::new(0x7f00_aa10).to_string(), "0x7f00aa10");
    }

    #[test]
    fn nonsense_is_not_an_id() {
        for text in ["", "@", "@+1", "@-1", "@1a2g", "@123456789", "1a2b"] {
            assert_eq!(text.parse::<ObjectIx>(), Err(ParseIdError), "{text}");
        }
        for text in ["0x", "0x+1", "7f00", "0x1ffffffffffffffff"] {
            assert_eq!(text.parse::<Address>(), Err(ParseIdError), "{text}");
        }
    }
}
