//! What request a redirect asks for, by the rules of fetch. The next request is made of the first one; nobody else adds
//! to it.

use reqwest::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Request, Response, StatusCode};
use url::Url;

use super::CallFailed;
use crate::domain::TargetRefused;

/// The next request.
pub(super) struct Hop {
    pub(super) next: Request,
    /// Whether it goes to another host, port or scheme than the one before.
    pub(super) elsewhere: bool,
}

/// What `response`, a redirect that `request` was answered with, asks for. `None`: it does not say where to go, and is
/// an answer like others.
pub(super) fn hop(request: &Request, response: &Response) -> Result<Option<Hop>, CallFailed> {
    let Some(location) = response.headers().get(LOCATION) else {
        return Ok(None);
    };
    let broken = || CallFailed::broken("the redirect's Location is no URL");
    let location = location.to_str().map_err(|_| broken())?;
    let url = request.url().join(location).map_err(|_| broken())?;
    if request.url().scheme() == "https" && url.scheme() == "http" {
        return Err(TargetRefused::Downgrade.into());
    }
    let elsewhere = !same_origin(request.url(), &url);
    let method = method_after(response.status(), request.method());
    let mut next = request.try_clone().ok_or_else(CallFailed::unrepeatable)?;
    *next.url_mut() = url;
    if method != *request.method() {
        *next.body_mut() = None;
        for name in [
            CONTENT_TYPE,
            CONTENT_LENGTH,
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
        ] {
            next.headers_mut().remove(name);
        }
    }
    *next.method_mut() = method;
    Ok(Some(Hop { next, elsewhere }))
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// A POST that was moved, and whatever was answered with "see other", is asked for by GET; the rest goes on as it is.
fn method_after(status: StatusCode, method: &Method) -> Method {
    match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND if *method == Method::POST => Method::GET,
        StatusCode::SEE_OTHER if *method != Method::HEAD => Method::GET,
        _ => method.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_follows_the_rules_of_fetch() {
        for (status, method, expected) in [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (301, "PUT", "PUT"),
            (302, "DELETE", "DELETE"),
            (301, "HEAD", "HEAD"),
            (303, "POST", "GET"),
            (303, "PUT", "GET"),
            (303, "HEAD", "HEAD"),
            (307, "POST", "POST"),
            (308, "PATCH", "PATCH"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let method: Method = method.parse().unwrap();
            assert_eq!(
                method_after(status, &method).as_str(),
                expected,
                "{status} {method}"
            );
        }
    }

    /// A POST that was answered with a redirect there.
    fn moved(from: &str, to: &str) -> Result<Option<Hop>, CallFailed> {
        let mut request = Request::new(Method::POST, from.parse().unwrap());
        *request.body_mut() = Some("body".into());
        let response = http::Response::builder().status(307).header(LOCATION, to);
        hop(&request, &response.body("").unwrap().into())
    }

    #[test]
    fn what_was_encrypted_stays_so() {
        let refused = moved("https://a.example/", "http://a.example/")
            .err()
            .unwrap();
        assert_eq!(refused, TargetRefused::Downgrade.into());
        for (from, to, elsewhere) in [
            ("https://a.example/x", "/y", false),
            ("https://a.example/x", "//b.example/y", true),
            ("http://a.example/", "https://a.example/", true),
            ("http://a.example/", "http://a.example:8443/", true),
        ] {
            let hop = moved(from, to).unwrap().unwrap();
            assert_eq!(hop.elsewhere, elsewhere, "{from} {to}");
            assert_eq!(hop.next.method(), Method::POST);
            assert!(hop.next.body().is_some());
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |a: &str, b: &str| same_origin(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(same("https://a.example/x", "https://A.example:443/y"));
        assert!(!same("https://a.example/", "https://a.example:8443/"));
        assert!(!same("http://a.example/", "https://a.example/"));
        assert!(!same("https://a.example/", "https://b.a.example/"));
    }
}
