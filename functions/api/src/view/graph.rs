//! A graph of jobs as their owner sees it.

use punctual::domain::{
    AfterCondition, Execution, ExecutionId, ExecutionState, JobId, JobState, Occasion, Reason,
};
use punctual::usecase::{Graph, GraphNode};
use serde::Serialize;
use utoipa::ToSchema;

/// Jobs that hang together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Graph)]
pub struct GraphView {
    /// The run that is shown, if one was named.
    #[schema(required)]
    run: Option<String>,
    /// The jobs, each behind those that it runs after.
    #[schema(max_items = 500)]
    nodes: Vec<NodeView>,
    /// What runs after what.
    edges: Vec<EdgeView>,
    /// Whether there are more jobs than are shown.
    truncated: bool,
}

/// A job of a graph.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphNode)]
pub struct NodeView {
    id: JobId,
    name: String,
    status: JobState,
    /// The kind of its schedule; `after` for a job that has none of its own.
    #[schema(example = "cron")]
    schedule_kind: String,
    /// What it runs after.
    after: Vec<JobId>,
    after_condition: AfterCondition,
    /// What became of it in the run that is shown. Null where there is no record of it.
    #[schema(required)]
    execution: Option<NodeExecutionView>,
}

/// What became of a job in a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphNodeExecution)]
pub struct NodeExecutionView {
    id: ExecutionId,
    state: ExecutionState,
    #[schema(required)]
    reason: Option<Reason>,
    /// If an upstream's is the reason: the execution where it began.
    #[schema(required)]
    cause: Option<ExecutionId>,
}

/// One job runs after another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GraphEdge)]
pub struct EdgeView {
    /// The one that is waited for.
    from: JobId,
    /// The one that waits.
    to: JobId,
}

impl GraphView {
    /// Shows `graph`, with what became of its jobs in `run`.
    pub fn of(graph: Graph, run: Option<Occasion>) -> Self {
        let shown: Vec<_> = graph.nodes.iter().map(|node| node.job.id).collect();
        let edges = graph.nodes.iter().flat_map(|node| {
            let upstreams = node.job.upstreams().iter();
            let shown = upstreams.filter(|up| shown.contains(up));
            shown.map(|up| EdgeView {
                from: *up,
                to: node.job.id,
            })
        });
        Self {
            run: run.map(|run| run.to_string()),
            edges: edges.collect(),
            nodes: graph.nodes.into_iter().map(NodeView::from).collect(),
            truncated: graph.truncated,
        }
    }
}

impl From<GraphNode> for NodeView {
    fn from(node: GraphNode) -> Self {
        let GraphNode { job, execution } = node;
        Self {
            id: job.id,
            status: job.state,
            schedule_kind: job.timetable.schedule.kind().to_owned(),
            after: job.upstreams().to_vec(),
            after_condition: job
                .after
                .as_ref()
                .map(|after| after.condition)
                .unwrap_or_default(),
            name: job.name,
            execution: execution.map(NodeExecutionView::from),
        }
    }
}

impl From<Execution> for NodeExecutionView {
    fn from(execution: Execution) -> Self {
        Self {
            id: execution.id,
            state: execution.state,
            reason: execution.reason,
            cause: execution.cause,
        }
    }
}
