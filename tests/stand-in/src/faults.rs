//! What a wire may answer in the cloud's stead: the errors of a service under stress, and batches of which a part is left
//! over. All in the shapes in which AWS sends them.

use serde_json::{Map, Value as Json, json};

use crate::cloud::{Answer, Service};
use crate::refusal::Refusal;
use crate::wire::Call;

/// The caller has been too fast: `ProvisionedThroughputExceededException` of DynamoDB, `RequestThrottled` of SQS. Nothing
/// was done.
pub fn throttled(service: Service) -> Answer {
    let refusal = match service {
        Service::DynamoDb => Refusal::new(
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Service::Sqs => Refusal::new(
            "RequestThrottled",
            "The request was denied due to request throttling.",
        ),
    };
    Answer::refused(service, &refusal)
}

/// The other word for it: `ThrottlingException`.
pub fn throttling(service: Service) -> Answer {
    let refusal = Refusal::new("ThrottlingException", "Rate exceeded");
    Answer::refused(service, &refusal)
}

/// Something went wrong at AWS: whether the call was carried out, nobody knows.
pub fn internal_error(service: Service) -> Answer {
    let code = match service {
        Service::DynamoDb => "InternalServerError",
        Service::Sqs => "InternalError",
    };
    let refusal = Refusal {
        status: 500,
        ..Refusal::new(
            code,
            "The request processing has failed because of an unknown error.",
        )
    };
    Answer::refused(service, &refusal)
}

/// The part of a batch that is left over.
#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    shape: Shape,
    entries: Vec<(String, Json)>,
}

/// How a batch lists its entries, and where its answer says what was left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `RequestItems: { table: [..] }`, `UnprocessedItems`.
    Writes,
    /// `RequestItems: { table: { Keys: [..] } }`, `UnprocessedKeys`.
    Keys,
    /// `Entries: [..]`, `Failed`.
    Entries,
}

impl Shape {
    fn of(call: &Call) -> Option<Self> {
        match call.operation.as_str() {
            "BatchWriteItem" => Some(Self::Writes),
            "BatchGetItem" => Some(Self::Keys),
            "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => {
                Some(Self::Entries)
            }
            _ => None,
        }
    }
}

/// How many entries a batch call has; `None`, if it is none.
pub fn batch_size(call: &Call) -> Option<usize> {
    let shape = Shape::of(call)?;
    let mut body: Json = serde_json::from_slice(&call.body).ok()?;
    let mut count = 0;
    for_each_list(&mut body, shape, |_, list| count += list.len());
    Some(count)
}

/// Splits a batch call: what `keep` says of each entry's index, goes on; the rest is left over. `None`, if the call is no
/// batch, or nothing would go on: an empty batch is a mistake, and AWS then answers [`throttled`].
pub fn split(call: &Call, keep: impl Fn(usize) -> bool) -> Option<(Call, Leftover)> {
    let shape = Shape::of(call)?;
    let mut body: Json = serde_json::from_slice(&call.body).ok()?;
    let mut entries = Vec::new();
    let mut index = 0;
    let mut kept = 0;
    for_each_list(&mut body, shape, |table, list| {
        let all = std::mem::take(list);
        for entry in all {
            if keep(index) {
                list.push(entry);
                kept += 1;
            } else {
                entries.push((table.to_owned(), entry));
            }
            index += 1;
        }
    });
    if kept == 0 {
        return None;
    }
    if let Some(tables) = body.get_mut("RequestItems").and_then(Json::as_object_mut) {
        tables.retain(|_, wanted| {
            let list = wanted.get("Keys").unwrap_or(wanted);
            list.as_array().is_some_and(|list| !list.is_empty())
        });
    }
    let call = Call {
        body: body.to_string().into_bytes(),
        ..call.clone()
    };
    Some((call, Leftover { shape, entries }))
}

/// Has `act` on each list of entries, with the table's name.
fn for_each_list(body: &mut Json, shape: Shape, mut act: impl FnMut(&str, &mut Vec<Json>)) {
    if shape == Shape::Entries {
        if let Some(list) = body.get_mut("Entries").and_then(Json::as_array_mut) {
            act("", list);
        }
        return;
    }
    let tables = body.get_mut("RequestItems").and_then(Json::as_object_mut);
    for (table, wanted) in tables.into_iter().flatten() {
        let list = match shape {
            Shape::Keys => wanted.get_mut("Keys"),
            _ => Some(wanted),
        };
        if let Some(list) = list.and_then(Json::as_array_mut) {
            act(table, list);
        }
    }
}

impl Leftover {
    /// Adds to the answer of what went on, that the rest was left over. An error stays as it is.
    #[must_use]
    pub fn added_to(self, answer: Answer) -> Answer {
        if answer.error.is_some() {
            return answer;
        }
        let Ok(Json::Object(mut body)) = serde_json::from_slice(&answer.body) else {
            return answer;
        };
        match self.shape {
            Shape::Entries => {
                let failed = self.entries.into_iter().map(|(_, entry)| {
                    json!({
                        "Id": entry["Id"],
                        "SenderFault": false,
                        "Code": "InternalError",
                        "Message": "The request processing has failed because of an unknown error.",
                    })
                });
                let list = body.entry("Failed").or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.extend(failed);
                }
            }
            Shape::Writes | Shape::Keys => {
                let name = if self.shape == Shape::Keys {
                    "UnprocessedKeys"
                } else {
                    "UnprocessedItems"
                };
                let left = body.entry(name).or_insert_with(|| json!({}));
                if let Some(tables) = left.as_object_mut() {
                    leave_over(tables, self.entries, self.shape);
                }
            }
        }
        Answer::ok(Json::Object(body).to_string())
    }
}

fn leave_over(tables: &mut Map<String, Json>, entries: Vec<(String, Json)>, shape: Shape) {
    for (table, entry) in entries {
        let empty = if shape == Shape::Keys {
            json!({ "Keys": [] })
        } else {
            json!([])
        };
        let wanted = tables.entry(table).or_insert(empty);
        let list = if shape == Shape::Keys {
            wanted.get_mut("Keys")
        } else {
            Some(wanted)
        };
        if let Some(list) = list.and_then(Json::as_array_mut) {
            list.push(entry);
        }
    }
}
