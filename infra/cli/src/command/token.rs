//! `punctual token`: keeps one in the file of settings, says whose it is, forgets it. A token is never an argument here:
//! other users see those.

use std::io::{self, BufRead, IsTerminal};

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;

use crate::Failure;
use crate::args::Global;
use crate::session::{now, print};
use crate::settings::{SettingsFile, endpoint_of};
use crate::show::{Facts, Terminal, instants};
use crate::token::Claims;
use crate::when::Zone;

/// What is done with the token.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Keep a token, and the --endpoint it is for; it is read from the standard input: make -s token | punctual token set
    Set,
    /// Say whose the token is, what it may do, and how long it is good; nothing of it is verified
    Show,
    /// Forget the token
    Clear,
}

/// Carries out a command about the token.
///
/// # Errors
/// If there is none, or the file of settings cannot be used.
pub fn carry_out(global: &Global, command: &Command) -> Result<(), Failure> {
    let mut file = SettingsFile::open()?;
    match command {
        Command::Set => {
            let token = read_token()?;
            let claims = Claims::of(&token);
            let claims = claims.ok_or_else(|| {
                Failure::Usage("this is no token: it has not the form of a JWT".to_owned())
            })?;
            let endpoint = global.endpoint.as_deref().map(endpoint_of).transpose()?;
            file.keep(global.profile.as_deref(), endpoint.as_ref(), Some(&token))?;
            let whose = claims.user().unwrap_or("nobody").to_owned();
            print(&format!(
                "Kept in {}: the token of `{whose}`.",
                file.path().display()
            ))
        }
        Command::Clear => {
            file.keep(global.profile.as_deref(), None, None)?;
            print("Forgotten.")
        }
        Command::Show => {
            let settings = file.settings(global)?;
            let token = settings.token.ok_or(Failure::NoToken)?;
            let claims = Claims::of(&token);
            let claims = claims
                .ok_or_else(|| Failure::Usage("the token has not the form of a JWT".to_owned()))?;
            if global.json {
                return print(&format!(
                    "{:#}",
                    json!({ "endpoint": settings.endpoint.as_str(), "claims": claims.document() })
                ));
            }
            let facts = Facts::default()
                .fact("endpoint", settings.endpoint.as_str())
                .fact("profile", &settings.profile)
                .fact("user", claims.user().unwrap_or("not said"))
                .fact(
                    "role",
                    claims.role().unwrap_or("not said in `punctual_role`"),
                )
                .fact("issuer", claims.issuer().unwrap_or("not said"))
                .fact("good until", good_until(claims.expires_at(), now()));
            print(
                &(facts.shown(&Terminal::standard())
                    + "As the token says of itself; nothing was verified.\n"),
            )
        }
    }
}

fn good_until(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    match expires_at {
        None => "not said".to_owned(),
        Some(at) if at <= now => format!("EXPIRED: {}", instants(at, now, Zone::LOCAL)),
        Some(at) => instants(at, now, Zone::LOCAL),
    }
}

fn read_token() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        eprintln!("Paste the token, and press Enter:");
    }
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(Failure::local("the standard input"))?;
    let token = line.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    Ok(token.to_owned())
}
