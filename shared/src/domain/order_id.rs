//! Ids of what people with a role order: an instant and a nonce, so that they sort as time does. Each kind of order has a
//! type of its own, and no other's id is taken for one.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Invalid, Occasion};

/// A type of such ids; `$whose` is what one is the id of.
macro_rules! order_id {
    ($(#[$doc:meta])* $name:ident, $whose:literal) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            Hash,
            PartialOrd,
            Ord,
            SerializeDisplay,
            DeserializeFromStr,
        )]
        pub struct $name(Occasion);

        impl $name {
            /// The id of what is ordered at `now`. The nonce keeps two of one millisecond apart.
            pub fn new(now: DateTime<Utc>, nonce: u32) -> Self {
                Self(Occasion::manual(now, nonce))
            }

            /// When it was ordered.
            pub fn ordered_at(self) -> DateTime<Utc> {
                self.0.fire_time()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let occasion = manual(text);
                let refused = || Invalid::new("id", concat!("is not the id of a ", $whose));
                occasion.map(Self).ok_or_else(refused)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                schema()
            }
        }

        impl ToSchema for $name {}
    };
}

order_id! {
    /// Identifies a hold: `20261121T120000123Z_0badcafe`.
    HoldId, "hold"
}

order_id! {
    /// Identifies a request to redrive many: `20261121T120000123Z_0badcafe`.
    RedriveId, "redrive"
}

fn manual(text: &str) -> Option<Occasion> {
    let occasion: Occasion = text.parse().ok()?;
    (!occasion.is_scheduled()).then_some(occasion)
}

fn schema() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9]{8}T[0-9]{9}Z_[0-9a-f]{8}$"))
        .examples(["20261121T120000123Z_0badcafe"])
        .into()
}
