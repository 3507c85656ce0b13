//! Mail on this machine: to an SMTP server, or into a folder, a file a mail, where anybody can look at it.

use std::path::{Path, PathBuf};

use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use punctual::port::{Letter, Mail, Undelivered};

use crate::HostError;

/// The sender of local mail.
const FROM: &str = "punctual@localhost.localdomain";

/// Where local mail goes.
#[derive(Clone, Debug)]
pub enum LocalMail {
    /// To an SMTP server on this machine, without encryption.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a folder.
    Folder(PathBuf),
}

impl LocalMail {
    /// To the server at `url`, `smtp://host:port`.
    ///
    /// # Errors
    /// If it is no such URL.
    pub fn smtp(url: &str) -> Result<Self, HostError> {
        let url = reqwest::Url::parse(url)?;
        let (Some(host), Some(port), "smtp") = (url.host_str(), url.port(), url.scheme()) else {
            return Err("an SMTP server is given as smtp://host:port".into());
        };
        // Without encryption, as its name warns: the server is on this machine.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host);
        Ok(Self::Smtp(transport.port(port).build()))
    }
}

impl Mail for LocalMail {
    async fn send(&self, letter: &Letter) -> Result<String, Undelivered> {
        let id = format!("<{}@localhost.localdomain>", letter.key);
        let message =
            message(letter, &id).map_err(|error| Undelivered::ForGood(error.to_string()))?;
        match self {
            Self::Smtp(transport) => {
                let sent = transport.send(message).await;
                sent.map_err(|error| undelivered(&error))?;
            }
            Self::Folder(folder) => {
                let file = folder.join(format!("{}.eml", letter.key));
                let kept = keep(&file, &message.formatted()).await;
                kept.map_err(|error| Undelivered::ForNow(error.to_string()))?;
                tracing::info!(
                    subject = letter.subject,
                    "a mail was put into {}",
                    file.display()
                );
            }
        }
        Ok(id)
    }
}

/// The mail as it travels. What stands in its headers is encoded there.
fn message(letter: &Letter, id: &str) -> Result<Message, HostError> {
    let mut builder = Message::builder()
        .from(FROM.parse::<Mailbox>()?)
        .subject(&letter.subject)
        .message_id(Some(id.to_owned()));
    for address in &letter.to {
        builder = builder.to(address.parse::<Mailbox>()?);
    }
    let message = match &letter.html {
        None => builder.singlepart(SinglePart::plain(letter.text.clone()))?,
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(
            letter.text.clone(),
            html.clone(),
        ))?,
    };
    Ok(message)
}

/// A server's 5xx is for good; whatever else goes wrong may pass.
fn undelivered(error: &SmtpError) -> Undelivered {
    if error.is_permanent() {
        Undelivered::ForGood(error.to_string())
    } else {
        Undelivered::ForNow(error.to_string())
    }
}

async fn keep(file: &Path, mail: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    tokio::fs::write(file, mail).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_gets_one_file_for_every_letter_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let mail = LocalMail::Folder(folder.path().join("mail"));
        let letter = Letter {
            key: "key-1".to_owned(),
            to: vec!["a@example.com".to_owned()],
            subject: "Grüße".to_owned(),
            text: "hello".to_owned(),
            html: None,
        };
        for _ in 0..2 {
            let id = mail.send(&letter).await.unwrap();
            assert_eq!(id, "<key-1@localhost.localdomain>");
        }
        let file = folder.path().join("mail/key-1.eml");
        let written = std::fs::read_to_string(file).unwrap();
        assert!(
            written.contains("Message-ID: <key-1@localhost.localdomain>"),
            "{written}"
        );
        assert!(written.ends_with("\r\n\r\nhello\r\n"), "{written}");
        assert_eq!(
            std::fs::read_dir(folder.path().join("mail"))
                .unwrap()
                .count(),
            1
        );
    }
}
