package dev.fovea.train;

import dev.fovea.data.DataException;
import dev.fovea.data.Dataset;
import dev.fovea.models.Models;
import dev.fovea.program.Backend;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.util.Locale;

/** What is decided and checked before anything is compiled. */
final class Preparation {
  private Preparation() {}

  /** {@code c} with everything resolved that it leaves open. */
  static RunConfig resolved(RunConfig c, Backend backend) {
    if (c.data().source().isEmpty()) {
      throw new ConfigException(
          "recipe "
              + c.recipe()
              + " needs data; set data.source to a folder, an archive or a generated set");
    }
    RunConfig.Engine e = c.engine();
    Precision precision =
        e.precision().equals("auto")
            ? backend.fastestPrecision().precision()
            : Precision.valueOf(e.precision().toUpperCase(Locale.ROOT));
    int threads = e.threads() == 0 ? Runtime.getRuntime().availableProcessors() : e.threads();
    int evalBatch = e.evalBatch() == 0 ? c.learning().batch() : e.evalBatch();
    RunConfig.Network n = c.network();
    int side = n.input() == 0 ? Models.info(n.model()).input().dim(1) : n.input();
    n.progressive().requireBelow(side);
    return new RunConfig(
        c.recipe(),
        c.data(),
        new RunConfig.Network(n.model(), side, n.init(), n.progressive()),
        c.learning(),
        new RunConfig.Engine(
            precision.name().toLowerCase(Locale.ROOT), e.memory(), threads, evalBatch, e.seed()),
        c.output());
  }

  /** The shape of one image; that of the published network where no size is set. */
  static Shape input(RunConfig.Network n) {
    Shape published = Models.info(n.model()).input();
    int side = n.input() == 0 ? published.dim(1) : n.input();
    return Shape.of(published.dim(0), side, side);
  }

  /** Checks that the two parts of the data belong together and suffice for a step. */
  static void check(RunConfig config, Dataset train, Dataset val) {
    if (!train.classes().equals(val.classes())) {
      throw new DataException(
          "the classes of "
              + train.description()
              + " are "
              + train.classes()
              + ", those of "
              + val.description()
              + " are "
              + val.classes()
              + "; they must be the same");
    }
    if (train.classes().size() < 2) {
      throw new DataException(
          train.description()
              + " has the single class "
              + train.classes()
              + "; expected two or more to tell apart");
    }
    int batch = config.learning().batch();
    int parts = config.learning().update().accumulate();
    if (train.size() < (long) batch * parts) {
      throw new ConfigException(
          "learning.batch is "
              + batch
              + (parts > 1 ? " times " + parts : "")
              + ", but "
              + train.description()
              + " has only "
              + train.size()
              + " images; lower learning.batch");
    }
  }
}
