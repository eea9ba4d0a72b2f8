package dev.fovea.train;

import java.nio.file.Path;

/** Runs that take a second: a few small generated pictures, the smallest residual network. */
final class TinyRun {
  static final String DATA = "shapes(size=16,count=160,val=40)";
  static final int STEPS_PER_EPOCH = 10;

  private TinyRun() {}

  static RunConfig in(Path folder) {
    return RunConfig.named("shapes-quick")
        .with("data.source", DATA)
        .with("network.model", "resnet20")
        .with("network.input", "16")
        .with("learning.length", "2epochs")
        .with("learning.batch", "16")
        .with("learning.rate.base", "0.05")
        .with("engine.precision", "f32")
        .with("engine.threads", "2")
        .with("output.folder", folder.toString());
  }

  static RunConfig resumed(Path folder) {
    return RunConfig.ofRun(new RunFolder(folder));
  }
}
