//! Waits for what a service depends on before it is started. Compose would wait, too, but without an
//! end where two services come in one call.

use deployhost_plugin::compose::{Dependency, Service};
use deployhost_plugin::containers::Container;
use deployhost_plugin::{Diagnostic, Duration, Failure};

use crate::machine::Machine;
use crate::project_state::ProjectState;

const INTERVAL: Duration = Duration::from_millis(500);

/// Condition of a dependency: its health check passes.
const HEALTHY: &str = "service_healthy";
/// Condition of a dependency: it ran to its end.
pub const COMPLETED: &str = "service_completed_successfully";

/// Until all that a service waits for is as its file says.
pub fn wait(
    machine: &impl Machine,
    state: &ProjectState,
    service: &Service,
    timeout: Duration,
) -> Result<(), Failure> {
    let began = machine.now_ms();
    let looked_after = |it: &&Dependency| state.services.iter().any(|s| s.name == it.service);
    let waited_for = service
        .depends_on
        .iter()
        .filter(|it| matches!(it.condition.as_str(), HEALTHY | COMPLETED));
    for dependency in waited_for.filter(looked_after) {
        loop {
            let containers = match machine.containers() {
                // It may come back, as long as there is time.
                Err(Failure::Temporary(_)) => Vec::new(),
                answer => answer?,
            };
            match look(dependency, &containers) {
                Progress::There => break,
                Progress::Never(container, diagnostic) => {
                    machine.show_logs(&container);
                    return Err(Failure::Permanent(diagnostic));
                }
                Progress::NotYet => {}
            }
            let elapsed = machine.now_ms().saturating_sub(began);
            if elapsed >= timeout.as_millis() {
                return Err(gave_up(service, dependency, timeout));
            }
            let message = format!(
                "{} waits for {}, {} s of {} s",
                service.name,
                dependency.service,
                elapsed / 1_000,
                timeout.as_secs()
            );
            machine.progress(0, 1, &message);
            machine.sleep(INTERVAL)?;
        }
    }
    Ok(())
}

enum Progress {
    There,
    NotYet,
    /// And whose last lines tell more.
    Never(String, Diagnostic),
}

fn look(dependency: &Dependency, containers: &[Container]) -> Progress {
    let of_service: Vec<&Container> = containers
        .iter()
        .filter(|it| it.service == dependency.service)
        .collect();
    let ended = |it: &&&Container| it.state == "exited" && it.exit_code != 0;
    if let Some(container) = of_service.iter().find(ended)
        && dependency.condition == COMPLETED
    {
        let (service, code) = (&dependency.service, container.exit_code);
        let message = format!("{service} exited with {code}");
        let diagnostic = Diagnostic::new("compose-restart.container-exited", message)
            .parameter("service", service)
            .parameter("exit-code", code);
        return Progress::Never(container.id.clone(), diagnostic);
    }
    let there = |it: &&Container| match dependency.condition.as_str() {
        COMPLETED => it.state == "exited" && it.exit_code == 0,
        _ => it.state == "running" && matches!(it.health.as_deref(), None | Some("healthy")),
    };
    if !of_service.is_empty() && of_service.iter().all(there) {
        return Progress::There;
    }
    Progress::NotYet
}

fn gave_up(service: &Service, dependency: &Dependency, timeout: Duration) -> Failure {
    let what = match dependency.condition.as_str() {
        COMPLETED => "has not run to its end",
        _ => "is not healthy",
    };
    let (name, other) = (&service.name, &dependency.service);
    let message = format!("{name} depends on {other}, which {what} after {timeout}");
    Failure::permanent("compose-restart.dependency-not-ready", message)
        .parameter("service", name)
        .parameter("dependency", other)
        .parameter("timeout", timeout)
}
