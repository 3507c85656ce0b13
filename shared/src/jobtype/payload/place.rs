//! What a type allows at a place of its payload.

/// What may stand at a place instead of plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Placeholders in its text.
    pub placeholders: Placeholders,
    /// A reference to a secret, `{"secret": "name"}`, in the place of text.
    pub references: References,
}

/// Whether text may hold placeholders, and how they are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholders {
    /// It may not.
    Refused,
    /// As text.
    Text,
    /// As text; a text that is one placeholder and nothing else becomes its value, whatever JSON that is.
    Json,
    /// Percent-encoded, and only after the host.
    Url,
    /// As text without control characters.
    Header,
    /// As text that ends no element and no attribute.
    Html,
}

/// Whether a place may refer to a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// It may not.
    Refused,
    /// It may.
    Allowed,
    /// It may; text that looks like a secret is refused. The place's last key is the header's name.
    InsteadOfCredentials,
    /// It must.
    Required,
}

impl Place {
    /// Nothing but what is written there.
    pub const FIXED: Self = Self::new(Placeholders::Refused, References::Refused);
    /// Text with placeholders.
    pub const TEXT: Self = Self::new(Placeholders::Text, References::Refused);
    /// JSON with placeholders.
    pub const JSON: Self = Self::new(Placeholders::Json, References::Refused);
    /// A URL with placeholders in its path, query or fragment.
    pub const URL: Self = Self::new(Placeholders::Url, References::Refused);
    /// HTML with placeholders.
    pub const HTML: Self = Self::new(Placeholders::Html, References::Refused);
    /// The value of an HTTP header.
    pub const HEADER: Self = Self::new(Placeholders::Header, References::InsteadOfCredentials);
    /// A secret and nothing else.
    pub const SECRET: Self = Self::new(Placeholders::Refused, References::Required);

    /// A place of this kind.
    pub const fn new(placeholders: Placeholders, references: References) -> Self {
        Self {
            placeholders,
            references,
        }
    }
}
