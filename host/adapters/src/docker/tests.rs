#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn the_engine_is_where_docker_host_says() {
    let host = |text| Docker::of_host(text).host();
    assert_eq!(host(None).unwrap(), "unix:///var/run/docker.sock");
    assert_eq!(host(Some("")).unwrap(), "unix:///var/run/docker.sock");
    assert_eq!(
        host(Some("unix:///run/x.sock")).unwrap(),
        "unix:///run/x.sock"
    );
    let error = host(Some("tcp://user:hunter22@10.0.0.1:2375"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("tcp") && !error.contains("hunter22"),
        "{error}"
    );
}

#[tokio::test]
async fn an_engine_that_is_not_there_says_what_cures_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let docker = Docker::at(&socket);
    let missing = docker.image("x").await.unwrap_err();
    assert!(matches!(missing, DockerError::Missing(_)), "{missing}");
    assert!(
        missing
            .to_string()
            .contains("`sudo systemctl start docker`"),
        "{missing}"
    );

    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let unreachable = docker.image("x").await.unwrap_err();
    assert!(
        matches!(unreachable, DockerError::Unreachable { .. }),
        "{unreachable}"
    );
    assert!(
        unreachable
            .to_string()
            .contains("`sudo systemctl restart docker`")
    );
}

#[test]
fn a_socket_of_others_says_which_group_to_join() {
    let error = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let fault = DockerError::at("/var/run/docker.sock".into(), &error);
    assert!(matches!(fault, DockerError::NotPermitted(_)));
    assert!(
        fault
            .to_string()
            .contains("`sudo usermod -aG docker \"$USER\"`"),
        "{fault}"
    );
}

/// A socket that accepts and is silent, as an engine that hangs does.
#[tokio::test]
async fn an_engine_that_is_silent_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut docker = Docker::at(&socket);
    docker.patience = Duration::from_millis(200);
    let fault = docker.image("x").await.unwrap_err();
    assert!(matches!(fault, DockerError::Slow(_)), "{fault}");
    drop(listener);
}

#[tokio::test]
async fn the_engine_here_is_spoken_to() {
    assert_eq!(
        Docker::from_environment()
            .image("deployhost-no-such-image")
            .await
            .unwrap(),
        None
    );
}
