//! Renderings that are begun before anybody asks for them.

use std::sync::Arc;

use super::scene::Scene;
use crate::hang_guard::LIMIT;

const FILE: &str = "services: { app: { image: x, environment: { WORD: one } } }";

/// Until the early rendering is over, however it ended.
async fn over(scene: &mut Scene) {
    let over = async {
        while Arc::get_mut(&mut scene.compose).is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, over).await.expect("it ends");
}

#[tokio::test]
async fn an_early_rendering_of_unchanged_files_is_the_only_one() {
    let mut scene = Scene::new();
    scene.write("compose.yml", FILE);
    scene.compose.render_early(scene.project());
    over(&mut scene).await;
    scene.take_compose_away();
    assert_eq!(scene.services().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_early_rendering_of_other_files_decides_nothing() {
    let mut scene = Scene::new();
    scene.write("compose.yml", FILE);
    let before = scene.services().await.unwrap();
    scene.write("compose.yml", &FILE.replace("one", "two"));
    scene.compose.render_early(scene.project());
    scene.write("compose.yml", FILE);
    let after = scene.services().await.unwrap();
    assert_eq!(after[0].configuration, before[0].configuration);
    over(&mut scene).await;
}

#[tokio::test]
async fn an_early_rendering_that_fails_is_told_to_whoever_asks() {
    let mut scene = Scene::new();
    scene.write("compose.yml", "services: { app: { image: 'x:${TAG}' } }");
    scene.compose.render_early(scene.project());
    over(&mut scene).await;
    let why = scene.services().await.unwrap_err().to_string();
    assert!(why.contains("${TAG} is not set"), "{why}");
    scene.write(".env", "TAG=1\n");
    assert_eq!(scene.services().await.unwrap()[0].image, "x:1");
}
