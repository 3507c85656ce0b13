//! The console: its files, embedded and compressed when the function was built. Invariant: they are the same for everybody
//! and say nothing that is anybody's, for whoever asks gets them without a token; what the console shows, it fetches from
//! the API with the token of the person before it.

mod coding;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use self::coding::Coding;
use crate::problem::Problem;

/// Where it is served.
const HOME: &str = "/console";

/// What is answered for every page: which one it is, is the script's affair.
const INDEX: &str = "index.html";

/// Every file that there is.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// What browsers are told with every file: it runs and calls nothing but what comes from here, stands in nobody's frame,
/// tells nobody where it was, and asks for none of the machine's devices.
const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::VARY, "accept-encoding"),
    // Kept, and asked about each time: a release is seen at once, and costs no more than its files that have changed.
    (header::CACHE_CONTROL, "no-cache"),
];

/// A file of the console.
struct File {
    /// Below [`HOME`].
    path: &'static str,
    /// Of what it holds.
    digest: &'static str,
    identity: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

impl File {
    fn named(path: &str) -> Option<&'static Self> {
        FILES.iter().find(|file| file.path == path)
    }

    fn bytes(&self, coding: Coding) -> &'static [u8] {
        match coding {
            Coding::Identity => self.identity,
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
        }
    }

    /// What it is, by how its name ends.
    fn media_type(&self) -> &'static str {
        match self.path.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "txt" => "text/plain; charset=utf-8",
            "json" => "application/json",
            "webmanifest" => "application/manifest+json",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "ico" => "image/x-icon",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        }
    }

    /// Its answer to a request with these headers.
    fn answer(&self, request: &HeaderMap) -> Response {
        let coding = Coding::wanted(request);
        // Tags tell codings apart: what is cached of one is no answer to who asks for another.
        let tag = format!("\"{}-{}\"", self.digest, coding.name());
        let mut response = if is_known(request, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.sent_as(coding)
        };
        let headers = response.headers_mut();
        headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
        // Hexadecimal digits in quotes are always a header's value.
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }

    /// Whole. A coding that is named makes the Lambda runtime send the body as the bytes that it is.
    fn sent_as(&self, coding: Coding) -> Response {
        let media_type = [(header::CONTENT_TYPE, self.media_type())];
        let bytes = self.bytes(coding);
        match coding {
            Coding::Identity => (media_type, bytes).into_response(),
            coding => {
                let coding = [(header::CONTENT_ENCODING, coding.name())];
                (media_type, coding, bytes).into_response()
            }
        }
    }
}

/// Whether the caller has what `tag` stands for, by `If-None-Match`, whose comparison takes weak tags as well.
fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let values = request.get_all(header::IF_NONE_MATCH).iter();
    let mut named = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','));
    named.any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}

/// Leads whoever comes to the address alone to the console.
pub async fn lead_in() -> Redirect {
    Redirect::permanent(HOME)
}

/// A file of the console; or, where the path's last part names no file, its page, which knows what is to be shown there.
pub async fn show(uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let path = uri.path().strip_prefix(HOME).unwrap_or_default();
    let path = path.trim_start_matches('/');
    let names_a_file = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    let wanted = if names_a_file { path } else { INDEX };
    let file = File::named(wanted).ok_or_else(|| Problem::not_found("path"))?;
    Ok(file.answer(&headers))
}
