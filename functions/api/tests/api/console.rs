//! The console: the same files for everybody, as small as the reader takes them, and nothing from anywhere else.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::support::{Answer, Bench};

async fn get(path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Bench::new()
        .call(request.body(Body::empty()).unwrap())
        .await
}

fn text(answer: Answer) -> String {
    String::from_utf8(answer.bytes).unwrap()
}

/// What the page has a browser fetch: whatever it names by `src` or `href`.
fn named_by(page: &str) -> BTreeSet<&str> {
    let behind = |attribute| page.split(attribute).skip(1);
    let named = behind(" src=\"").chain(behind(" href=\""));
    let named = named.map(|rest| rest.split('"').next().unwrap());
    named
        .filter(|named| !named.starts_with(['#', 'd']))
        .collect()
}

#[tokio::test]
async fn the_bare_address_leads_to_the_console() {
    let answer = get("/", &[]).await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), "/console");
}

#[tokio::test]
async fn every_page_is_the_one_page_and_what_names_a_file_is_that_file_or_none() {
    let index = text(get("/console", &[]).await);
    assert!(index.starts_with("<!doctype html>"), "{index}");
    for page in [
        "/console/",
        "/console/jobs",
        "/console/jobs/0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70?tab=versions",
        "/console/executions/0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70_20261128T120000Z/",
        "/console/index.html",
    ] {
        let answer = get(page, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(text(answer), index, "{page}");
    }
    for missing in [
        "/console/none.js",
        "/console/none/index.html",
        "/console/../Cargo.toml",
        "/console/%2e%2e/Cargo.toml",
        "/console//index.html.br",
    ] {
        let answer = get(missing, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn a_file_comes_in_the_coding_that_the_reader_likes_and_caches_tell_codings_apart() {
    let mut tags = BTreeSet::new();
    for (accepted, coding) in [
        ("br, gzip", Some("br")),
        ("gzip", Some("gzip")),
        ("zstd", None),
    ] {
        let answer = get("/console", &[("accept-encoding", accepted)]).await;
        let said = answer.headers.get("content-encoding");
        assert_eq!(
            said.map(|said| said.to_str().unwrap()),
            coding,
            "{accepted}"
        );
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert!(tags.insert(answer.header("etag")), "{tags:?}");
    }
    let plain = get("/console", &[]).await;
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(plain.header("vary"), "accept-encoding");
}

#[tokio::test]
async fn who_has_a_file_already_is_not_sent_it_again() {
    let tag = get("/console", &[]).await.header("etag");
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let answer = get("/console/jobs", &[("if-none-match", &known)]).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{known}");
        assert!(answer.bytes.is_empty());
        assert_eq!(answer.header("etag"), tag);
        assert_eq!(answer.header("cache-control"), "no-cache");
    }
    for (known, accepted) in [
        ("\"x\"", ""),
        (&*tag, "br"),
        ("", ""),
        (tag.trim_matches('"'), ""),
    ] {
        let headers = [("if-none-match", known), ("accept-encoding", accepted)];
        let answer = get("/console", &headers).await;
        assert_eq!(answer.status, StatusCode::OK, "{known} {accepted}");
    }
}

#[tokio::test]
async fn a_browser_is_told_to_run_and_call_nothing_that_does_not_come_from_here() {
    let answer = get("/console", &[]).await;
    let policy = answer.header("content-security-policy");
    let rules: BTreeSet<_> = policy.split("; ").collect();
    let expected = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ];
    assert_eq!(rules, BTreeSet::from(expected));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value);
    }
    let page = text(answer);
    for named in named_by(&page) {
        assert!(named.starts_with("/console/"), "{named}");
    }
    assert!(
        !page.contains("<style") && !page.contains(" style="),
        "{page}"
    );
    let scripts = page.matches("<script").count();
    assert_eq!(
        scripts,
        page.matches(" src=").count(),
        "a script is in the page"
    );
}

#[tokio::test]
async fn all_that_a_first_visit_fetches_is_less_than_300_kilobytes() {
    let page = text(get("/console", &[]).await);
    let mut bytes = 0;
    for named in named_by(&page).into_iter().chain(["/console"]) {
        let answer = get(named, &[("accept-encoding", "br")]).await;
        assert_eq!(answer.status, StatusCode::OK, "{named}");
        bytes += answer.bytes.len();
    }
    assert!(bytes < 300_000, "{bytes} bytes");
}

#[tokio::test]
async fn a_head_request_is_told_of_the_file_and_nothing_is_written_to_it() {
    let head = Request::head("/console").body(Body::empty()).unwrap();
    let answer = Bench::new().call(head).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.bytes.is_empty());
    let post = Request::post("/console/x").body(Body::empty()).unwrap();
    let answer = Bench::new().call(post).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}
