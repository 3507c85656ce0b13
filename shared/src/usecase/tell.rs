//! Tells a user, by one channel. What is told is read when it is told; whom, too: a channel that was mended since gets the
//! message; and so are the secrets that it names, in its owner's name, just before they are needed. The right to tell is taken before, and the mark that it was told is set after: it is told once, unless a
//! crash falls between the two.

use chrono::TimeDelta;

use super::World;
use super::announce::announce;
use super::launch::within_put_limit;
use crate::domain::{
    Channel, ChannelKey, DigestKey, Execution, Job, MINUTE, NotificationMessage, NotifyOn,
    SecretName, UserId,
};
use crate::plan::{
    DIGEST_DELAY, NoSuchSecret, Notice, Place, Revealed, digest, digest_parcel, notice_parcel,
    pace_minute, place,
};
use crate::port::{
    Clock, Courier, DigestMember, Executions, Jobs, Notices, Parcel, PortResult, Queues, Secrets,
    SendAt, Telling,
};

/// How long the right to tell holds: as long as an invocation may take.
const RIGHT: TimeDelta = TimeDelta::seconds(60);

/// What became of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was delivered.
    Delivered,
    /// It had been before.
    ToldBefore,
    /// Somebody else is at it. It is to be looked at again.
    Busy,
    /// It is to be told with others, in a digest.
    InDigest,
    /// A message for each channel was sent instead.
    ForEachChannel,
    /// There is nobody to tell any more.
    Nobody,
    /// It was not accepted; the queue will hand it over again, a few times.
    Refused(String),
}

/// Tells what `message` asks for.
///
/// # Errors
/// If a port fails.
pub async fn tell(
    world: &impl World,
    courier: &impl Courier,
    message: &NotificationMessage,
) -> PortResult<Told> {
    let id = message.execution;
    let (job, execution) =
        futures_util::try_join!(world.store().job(id.job), world.store().execution(id))?;
    let (Some(job), Some(execution)) = (job, execution) else {
        return Ok(Told::Nobody);
    };
    match (&message.digest, message.event, message.channel) {
        (Some(wanted), _, _) => tell_digest(world, courier, wanted).await,
        (None, Some(event), Some(channel)) => {
            let notice = Notice {
                event,
                attempt: message.attempt,
                job: &job,
                execution: &execution,
            };
            let channel = channel_of(&job, event, channel);
            match channel {
                Some(channel) => tell_one(world, courier, message, &notice, &channel).await,
                None => Ok(Told::Nobody),
            }
        }
        // From before there were channels.
        _ => for_each_channel(world, &job, &execution).await,
    }
}

/// The channel at this place, if the job still wants this told.
fn channel_of(job: &Job, event: NotifyOn, place: u8) -> Option<Channel> {
    let notify = job.notify.as_ref().filter(|notify| notify.wants(event))?;
    notify.channels().into_iter().nth(place.into())
}

async fn for_each_channel(
    world: &impl World,
    job: &Job,
    execution: &Execution,
) -> PortResult<Told> {
    let event = NotifyOn::of(execution.state);
    let wanted = |event: &NotifyOn| job.notify.as_ref().is_some_and(|told| told.wants(*event));
    let Some(event) = event.filter(wanted) else {
        return Ok(Told::Nobody);
    };
    announce(world, job, execution, &[event]).await?;
    Ok(Told::ForEachChannel)
}

async fn tell_one(
    world: &impl World,
    courier: &impl Courier,
    message: &NotificationMessage,
    notice: &Notice<'_>,
    channel: &Channel,
) -> PortResult<Told> {
    let key = key_of(message, notice.event);
    let now = world.clock().now();
    match world.store().begin_telling(&key, now, now + RIGHT).await? {
        Telling::Begun => {}
        Telling::Busy => return Ok(Told::Busy),
        Telling::Told => return Ok(Told::ToldBefore),
    }
    if notice.event.is_death() && joins_digest(world, message, notice, channel.key()).await? {
        world.store().end_telling(&key, now).await?;
        return Ok(Told::InDigest);
    }
    let written = revealed(world, &notice.job.user, channel)
        .await
        .and_then(|revealed| Ok(notice_parcel(notice, channel, &revealed)?));
    send(world, courier, &key, written).await
}

/// What is told once: this event of this attempt, by this channel.
fn key_of(message: &NotificationMessage, event: NotifyOn) -> String {
    let channel = message.channel.unwrap_or_default();
    let attempt = message.attempt;
    format!("{}:{}:{attempt}:{channel}", message.execution, event.name())
}

/// Finds a death its place. Into a digest it goes before that is announced, and it is announced before this returns: what
/// has joined is told.
async fn joins_digest(
    world: &impl World,
    message: &NotificationMessage,
    notice: &Notice<'_>,
    channel: ChannelKey,
) -> PortResult<bool> {
    let store = world.store();
    let now = world.clock().now();
    let minute = pace_minute(now);
    let user = &notice.job.user;
    let counted = store.count_death(user, channel, minute).await?;
    if place(counted) == Place::Alone {
        return Ok(false);
    }
    let wanted = DigestKey {
        user: user.clone(),
        channel,
        minute,
    };
    store.join_digest(&wanted, &notice.as_member(now)).await?;
    // Later than that, it might be read without this one.
    within_put_limit(world, now, "join a digest")?;
    if !store.is_digest_announced(&wanted).await? {
        let at = SendAt::Before(minute + MINUTE + DIGEST_DELAY);
        let message = message.of_digest(wanted.clone());
        world.queues().send_notification(&message, at).await?;
        store.note_digest_announced(&wanted).await?;
    }
    Ok(true)
}

async fn tell_digest(
    world: &impl World,
    courier: &impl Courier,
    wanted: &DigestKey,
) -> PortResult<Told> {
    let DigestKey {
        user,
        channel,
        minute,
    } = wanted;
    let key = format!("digest:{user}:{channel}:{}", minute.timestamp());
    let now = world.clock().now();
    if now < *minute + MINUTE + DIGEST_DELAY - EARLY {
        return Ok(Told::Busy);
    }
    match world.store().begin_telling(&key, now, now + RIGHT).await? {
        Telling::Begun => {}
        Telling::Busy => return Ok(Told::Busy),
        Telling::Told => return Ok(Told::ToldBefore),
    }
    let members = world.store().digest_members(wanted).await?;
    let channel = channel_with_key(world, *channel, &members).await?;
    let (Some(digest), Some(channel)) = (digest(user, &members), channel) else {
        return Ok(Told::Nobody);
    };
    let written = revealed(world, user, &channel)
        .await
        .and_then(|revealed| Ok(digest_parcel(&digest, &channel, &revealed)?));
    send(world, courier, &key, written).await
}

/// Messages come up to this much early.
const EARLY: TimeDelta = TimeDelta::seconds(2);

/// The channel of this key, from a job in the digest that still has it.
async fn channel_with_key(
    world: &impl World,
    key: ChannelKey,
    members: &[DigestMember],
) -> PortResult<Option<Channel>> {
    let mut jobs: Vec<_> = members.iter().map(|member| member.execution.job).collect();
    jobs.sort_unstable();
    jobs.dedup();
    for id in jobs {
        let notify = world.store().job(id).await?.and_then(|job| job.notify);
        let mut channels = notify.into_iter().flat_map(|notify| notify.channels());
        if let Some(found) = channels.find(|channel| channel.key() == key) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Why a notice could not be written for its channel. In one line, for the channel's owner.
#[derive(Debug, thiserror::Error)]
enum Unwritten {
    #[error(transparent)]
    NoSuchSecret(#[from] NoSuchSecret),
    #[error("the secret {0} could not be read")]
    Unreadable(SecretName),
}

/// The texts of `owner`'s secrets that `channel` names. One that there is not is left out.
async fn revealed(
    world: &impl World,
    owner: &UserId,
    channel: &Channel,
) -> Result<Revealed, Unwritten> {
    let mut revealed = Revealed::new();
    for name in channel.secrets() {
        match world.secrets().secret(owner, name).await {
            Ok(Some(text)) => {
                revealed.insert(name.clone(), text);
            }
            Ok(None) => {}
            Err(error) => {
                // The port's words never hold the secret.
                tracing::warn!(%error, secret = %name, "a channel's secret could not be read");
                return Err(Unwritten::Unreadable(name.clone()));
            }
        }
    }
    Ok(revealed)
}

/// Sends a parcel that this caller has the right to send, and marks it as told. One that could not be written is refused
/// as if its channel had: the queue hands it over again, and the secret may be there by then.
async fn send(
    world: &impl World,
    courier: &impl Courier,
    key: &str,
    written: Result<Parcel, Unwritten>,
) -> PortResult<Told> {
    let delivered = match written {
        Ok(parcel) => courier.deliver(key, world.clock().now(), &parcel).await,
        Err(why) => Err(why.to_string()),
    };
    match delivered {
        Ok(()) => {
            world.store().end_telling(key, world.clock().now()).await?;
            Ok(Told::Delivered)
        }
        Err(why) => {
            world.store().give_up_telling(key).await?;
            Ok(Told::Refused(why))
        }
    }
}
