package dev.fovea.train;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.loader.RankShare;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.PatchWhitening;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The filters of convolutions that whiten patches of the images, from the run's own training images
 * (Jordan 2024, section 3.2).
 */
final class WhiteningFilters {
  /** As many as airbench94 takes. */
  private static final int IMAGES = 5000;

  private static final int BATCH = 100;

  private final TrainingSetup setup;

  WhiteningFilters(TrainingSetup setup) {
    this.setup = setup;
  }

  /** A weight that whitens, and the constant of its initializer. */
  private record Filters(ParamSpec weight, double epsilon, PatchWhitening estimate) {}

  /**
   * Computes the filters and writes them, if the network has any.
   *
   * @return notes for the user
   */
  List<String> write(ParameterSet weights) {
    List<Filters> all = of(setup.graph());
    if (all.isEmpty()) {
      return List.of();
    }
    int seen = observe(all);
    List<String> notes = new ArrayList<>();
    for (Filters f : all) {
      weights.write(f.weight().name(), f.estimate().filters(f.epsilon()));
      notes.add(f.weight().name() + " whitens the patches of " + seen + " training images");
    }
    return notes;
  }

  private static List<Filters> of(Graph graph) {
    List<Filters> all = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Op.Conv2d conv && n.input() == graph.input()) {
        ParamSpec weight = n.param(ParamSpec.Role.WEIGHT).orElseThrow();
        whitening(conv.weightInit())
            .ifPresent(
                w -> all.add(new Filters(weight, w.epsilon(), new PatchWhitening(weight.shape()))));
      }
    }
    return all;
  }

  private static Optional<Initializer.Whitening> whitening(Initializer initializer) {
    if (initializer instanceof Initializer.Fixed f) {
      return whitening(f.values());
    }
    return initializer instanceof Initializer.Whitening w ? Optional.of(w) : Optional.empty();
  }

  // In the order of the first epoch, without augmentation.
  private int observe(List<Filters> all) {
    Preprocessing p = setup.preprocessing().unscored();
    int batch = Math.min(BATCH, setup.train().size());
    BatchFormat format = new BatchFormat(batch, p.channels(), p.height(), p.width(), DType.F32);
    int seen = 0;
    // One rank computes the filters, and they do not depend on how many there are.
    LoaderOptions options = setup.loading().withDropLast(false).withShare(RankShare.ALL);
    try (Loader loader = Loader.training(setup.train(), List.of(), p, format, options);
        Loader.Batches batches = loader.epoch(0)) {
      while (seen < IMAGES && batches.hasNext()) {
        try (Batch b = batches.next()) {
          FloatBuffer pixels = b.pixels().asFloatBuffer();
          float[] image = new float[p.channels() * p.height() * p.width()];
          int images = Math.min(b.count(), IMAGES - seen);
          for (int i = 0; i < images; i++) {
            pixels.get(image);
            all.forEach(f -> f.estimate().add(image, p.height(), p.width()));
          }
          seen += images;
        }
      }
    }
    return seen;
  }
}
