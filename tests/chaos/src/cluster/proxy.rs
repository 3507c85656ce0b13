//! A TCP proxy whose weather can be changed while connections are open. Each process has its own, so that one can lose the
//! stand-in while the others keep it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::strike::Weather;

/// A proxy. It ends with the runtime.
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
}

/// How a direction of a connection ended.
enum End {
    /// As its ends wanted.
    Closed,
    /// It is to be reset.
    Reset,
}

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Answer,
}

impl Proxy {
    /// Starts a proxy to `upstream` on a free port of loopback.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start(upstream: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::Clear);
        tokio::spawn(async move {
            loop {
                if let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(carry(client, upstream, seen.clone()));
                }
            }
        });
        Ok(Self { address, weather })
    }

    /// Its address, for whoever is to go through it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes the weather, also for connections that are open.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

async fn carry(mut client: TcpStream, upstream: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let now = *weather.borrow();
    let refused = match now {
        Weather::Refuse => true,
        Weather::BlackHole => {
            pass_over(&mut weather).await;
            true
        }
        _ => false,
    };
    let mut server = match TcpStream::connect(upstream).await {
        Ok(server) if !refused => server,
        _ => return reset(client),
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let requests = pump(from_client, to_server, Way::Request, weather.clone());
        let answers = pump(from_server, to_client, Way::Answer, weather);
        // Whichever ends first ends both: HTTP has nothing to say on half a connection.
        tokio::select! {
            end = requests => end,
            end = answers => end,
        }
    };
    if matches!(end, End::Reset) {
        reset(client);
        reset(server);
    }
}

/// Closes a connection as a crash would.
fn reset(stream: TcpStream) {
    // Where it cannot be set, the connection is closed politely: a smaller blow.
    let _ = stream.set_zero_linger();
    drop(stream);
}

async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    way: Way,
    mut weather: watch::Receiver<Weather>,
) -> End {
    let mut buffer = vec![0; 16 * 1_024];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            return End::Closed;
        };
        let now = *weather.borrow();
        match now {
            Weather::Slow(milliseconds) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            // The request has done its work, and nobody hears of it.
            Weather::CutAnswers if way == Way::Answer => return End::Reset,
            Weather::Clear | Weather::CutAnswers => {}
            Weather::BlackHole => {
                pass_over(&mut weather).await;
                return End::Reset;
            }
            Weather::Refuse => return End::Reset,
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return End::Closed;
        }
    }
}

/// Waits for other weather.
async fn pass_over(weather: &mut watch::Receiver<Weather>) {
    // An error says that the proxy has gone, which is other weather, too.
    let _ = weather
        .wait_for(|weather| *weather != Weather::BlackHole)
        .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each line with itself.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn ask(proxy: &Proxy) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(proxy.address).await?;
        stream.write_all(b"hello").await?;
        let mut answer = vec![0; 5];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn what_is_sent_arrives_in_clear_and_in_slow_weather() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        assert_eq!(ask(&proxy).await.unwrap(), b"hello");
        proxy.set(Weather::Slow(5));
        assert_eq!(ask(&proxy).await.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_and_a_link_that_is_refused_are_errors() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        for weather in [Weather::CutAnswers, Weather::Refuse] {
            proxy.set(weather);
            assert!(ask(&proxy).await.is_err(), "{weather:?}");
        }
        proxy.set(Weather::Clear);
        assert_eq!(ask(&proxy).await.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn a_black_hole_answers_nothing_and_then_resets() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        proxy.set(Weather::BlackHole);
        let mut asked = Box::pin(ask(&proxy));
        let waited = tokio::time::timeout(Duration::from_millis(100), &mut asked).await;
        assert!(waited.is_err(), "nothing is answered");
        proxy.set(Weather::Clear);
        assert!(asked.await.is_err());
    }
}
