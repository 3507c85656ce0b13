//! Servers that do not behave, on bare TCP: what no HTTP library would send.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use std::io::{Read, Write};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How a server behaves to whoever connects.
#[derive(Clone, Debug)]
pub enum Manner {
    /// Reads a request, sends these bytes and closes.
    Says(Vec<u8>),
    /// Reads a request, sends these bytes, and then this one again and again, now and then.
    Drips(Vec<u8>, u8),
    /// Reads a request, sends these bytes, and then others as fast as they are taken.
    Pours(Vec<u8>),
    /// Reads a request and never answers.
    Hangs,
    /// Resets the connection at once.
    Resets,
    /// Speaks TLS with a certificate that nobody trusts.
    SelfSigned,
}

impl Manner {
    /// Answers like [`Self::Says`].
    pub fn says(text: &str) -> Self {
        Self::Says(text.as_bytes().to_vec())
    }
}

/// A server that does not behave. It ends with the test's process.
pub struct Rogue {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Rogue {
    /// Starts a server on a free port of loopback.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(manner: Manner) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST.into(), 0), move |_| manner.clone())
    }

    /// Starts a server at an address, which behaves as it is told its own address.
    ///
    /// # Panics
    /// If the address is taken.
    pub fn start_at(
        address: (IpAddr, u16),
        manner: impl Fn(SocketAddr) -> Manner + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, heads) = (stream.expect("a connection"), Arc::clone(&kept));
                let manner = manner(address);
                // Whoever hangs up early is part of the game.
                std::thread::spawn(move || behave(stream, &manner, &heads));
            }
        });
        Self { address, heads }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of its root.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// What it was sent before any body, connection by connection; empty where the connection was all.
    pub fn heads(&self) -> Vec<String> {
        self.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn behave(
    mut stream: TcpStream,
    manner: &Manner,
    heads: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let note = |head: String| {
        let mut heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.push(head);
    };
    match manner {
        Manner::Resets => {
            note(String::new());
            // What is unread when a socket is closed resets its connection.
            let mut first = [0];
            stream.read_exact(&mut first)?;
        }
        Manner::SelfSigned => {
            note(String::new());
            let session = ServerConnection::new(self_signed()).expect("a session");
            let mut stream = StreamOwned::new(session, stream);
            let head = head_of(&mut stream)?;
            note(head);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
        Manner::Says(bytes) => {
            note(head_of(&mut stream)?);
            stream.write_all(bytes)?;
        }
        Manner::Drips(bytes, more) => {
            note(head_of(&mut stream)?);
            stream.write_all(bytes)?;
            loop {
                stream.write_all(&[*more])?;
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Manner::Pours(bytes) => {
            note(head_of(&mut stream)?);
            stream.write_all(bytes)?;
            let more = vec![b'x'; 64 * 1_024];
            loop {
                stream.write_all(&more)?;
            }
        }
        Manner::Hangs => {
            note(head_of(&mut stream)?);
            // Until the other side gives up.
            stream.read_to_end(&mut Vec::new())?;
        }
    }
    Ok(())
}

/// A request's head, with its body if that comes along.
fn head_of(stream: &mut impl Read) -> std::io::Result<String> {
    let mut read = Vec::new();
    let mut buffer = [0; 1_024];
    // Whoever speaks TLS to it is answered at once, too.
    while read.first() != Some(&TLS_HANDSHAKE)
        && !read.windows(4).any(|window| window == b"\r\n\r\n")
    {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        read.extend_from_slice(&buffer[..count]);
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// What every TLS connection begins with.
const TLS_HANDSHAKE: u8 = 0x16;

fn self_signed() -> Arc<ServerConfig> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Of no use to anybody: made for this file, and trusted nowhere.
    let pem = include_bytes!("self-signed.pem");
    let certificate = CertificateDer::from_pem_slice(pem).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(pem).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.expect("a configuration"))
}
