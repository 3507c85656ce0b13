//! Wires the function `script` to AWS. It has no clients: it may do nothing there.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use punctual::domain::ScriptCall;
use punctual::edge::start_telemetry;
use punctual_script::{Runner, become_what_the_arguments_say, handle};

fn main() -> Result<(), Error> {
    become_what_the_arguments_say();
    serve()
}

#[tokio::main]
async fn serve() -> Result<(), Error> {
    start_telemetry();
    let runner = &Runner::embedded()?;
    run(service_fn(|event: LambdaEvent<ScriptCall>| async move {
        Ok::<_, Error>(handle(runner, event.payload).await?)
    }))
    .await
}
