package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.augment.ImageChange;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Metric;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.train.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  private static final int CLASSES = 10;

  @TempDir private Path folder;

  /** An augmentation of one's own. */
  private record Stripe() implements ImageChange {
    @Override
    public Image apply(Image image, SplittableRandom random) {
      byte[] rgb = image.rgb().clone();
      int row = random.nextInt(image.height()) * image.width() * 3;
      Arrays.fill(rgb, row, row + image.width() * 3, (byte) 128);
      return new Image(image.width(), image.height(), rgb);
    }
  }

  /** A metric of one's own: the mean probability of the true class. */
  private record Sureness() implements Metric {
    @Override
    public Metric.Pass start(List<String> classes) {
      return new Metric.Pass() {
        private double sum;
        private int images;

        @Override
        public void add(int label, double[] probabilities) {
          sum += probabilities[label];
          images++;
        }

        @Override
        public double value() {
          return sum / images;
        }
      };
    }
  }

  /** Stops a run after some steps, and remembers what it was told. */
  private static final class Witness implements TrainingListener {
    private final long stopsAfter;
    private long steps;
    private final List<TrainingEpoch> epochs = new ArrayList<>();
    private final List<TrainingPlan> plans = new ArrayList<>();

    Witness(long stopsAfter) {
      this.stopsAfter = stopsAfter;
    }

    @Override
    public void started(TrainingPlan plan) {
      plans.add(plan);
    }

    @Override
    public void step(long step, double loss) {
      steps++;
    }

    @Override
    public void epoch(TrainingEpoch epoch) {
      epochs.add(epoch);
    }

    @Override
    public boolean stops() {
      return steps >= stopsAfter;
    }
  }

  private static Graph network() {
    GraphBuilder g = new GraphBuilder("mine");
    Node x = g.input(Shape.of(3, 32, 32));
    x = g.relu("relu1", g.conv("conv1", x, Op.Conv2d.of(16, Window.square(3))));
    x = g.flatten("flatten", g.globalAvgPool("mean", x));
    return g.build(g.linear("fc", x, 7));
  }

  private static List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    try (Dataset shapes = Datasets.open("shapes(size=32,count=200,val=10)", Split.TRAIN)) {
      for (int i = 0; i < shapes.size(); i++) {
        samples.add(Sample.of(shapes.image(i), shapes.classes().get(shapes.label(i))));
      }
    }
    return samples;
  }

  private Training training(String run) {
    return Training.on(LabeledImages.of(samples()))
        .network(network())
        .epochs(3)
        .batch(20)
        .precision(Precision.F32)
        .setting("output.evaluate_every", "1")
        .augment(new Stripe())
        .metric(new Sureness())
        .folder(folder.resolve(run));
  }

  @Test
  void aStoppedRunOfAProgramGoesOnToTheSameBytes() throws IOException {
    Witness whole = new Witness(Long.MAX_VALUE);
    TrainingResult expected = training("whole").listener(whole).run();
    assertThat(expected.finished()).isTrue();
    assertThat(whole.epochs).hasSize(3).isEqualTo(expected.epochs());
    assertThat(whole.plans.get(0).classes()).hasSize(CLASSES);
    assertThat(whole.plans.get(0).network()).isEqualTo("mine");
    assertThat(whole.epochs.get(0).evaluation().orElseThrow().metrics()).containsKey("Sureness");

    Training stopped = training("stopped").listener(new Witness(5));
    assertThat(stopped.run().finished()).isFalse();
    TrainingResult resumed = training("stopped").resume();
    assertThat(resumed.finished()).isTrue();
    assertThat(resumed.epochs()).hasSize(3);
    assertThat(Files.readAllBytes(resumed.model())).isEqualTo(Files.readAllBytes(expected.model()));
    try (ModelFile file = ModelFile.open(resumed.model())) {
      assertThat(file.card().metrics()).containsKeys("top1", "Sureness");
      assertThat(file.card().classes()).hasSize(CLASSES);
    }
  }

  @Test
  void aRunWithClassesOfAProgramSaysSoWhenTheyAreMissing() {
    assertThat(training("run").listener(new Witness(2)).run().finished()).isFalse();
    Path run = folder.resolve("run");
    LabeledImages images = LabeledImages.of(samples());
    assertThatThrownBy(() -> Training.on(images).folder(run).augment(new Stripe()).resume())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("output.metrics names 'Sureness'");
    assertThatThrownBy(() -> Training.on(images).folder(run).metric(new Sureness()).resume())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'own(Stripe)' is an augmentation of the program");
    Training files = Training.on(Path.of("photos")).folder(run);
    assertThatThrownBy(() -> files.augment(new Stripe()).metric(new Sureness()).resume())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the images come from the program that started the run");
    LabeledImages fewer = LabeledImages.of(samples().subList(0, 100));
    Training other = Training.on(fewer).folder(run).augment(new Stripe()).metric(new Sureness());
    assertThatThrownBy(other::resume)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("holds other images or classes");
  }

  @Test
  void aModelIsFineTunedToOtherClassesAndValidatedOnOtherImages() {
    TrainingResult first = training("first").epochs(1).run();
    List<Sample> two = new ArrayList<>();
    for (Sample sample : samples()) {
      if (sample.label().equals("ring") || sample.label().equals("star")) {
        two.add(sample);
      }
    }
    Witness witness = new Witness(Long.MAX_VALUE);
    TrainingResult tuned =
        Training.on(LabeledImages.of(two.subList(0, 30)))
            .validateOn(LabeledImages.of(two.subList(30, two.size())))
            .startFrom(first.folder())
            .epochs(1)
            .folder(folder.resolve("tuned"))
            .listener(witness)
            .run();
    assertThat(witness.plans.get(0).trainingImages()).isEqualTo(30);
    assertThat(witness.plans.get(0).validationImages()).isEqualTo(two.size() - 30);
    try (Classifier classifier = Classifier.open(tuned.folder())) {
      assertThat(classifier.classes()).containsExactly("ring", "star");
      assertThat(classifier.network()).isEqualTo("mine");
    }
  }

  @Test
  void aRecordWithoutLabelOrImageIsNamed() {
    List<String> rows = List.of("a", "b");
    assertThatThrownBy(() -> LabeledImages.of(rows, r -> new byte[0], r -> null))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("image 0 has no label");
    assertThatThrownBy(() -> LabeledImages.of(List.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is empty");
    LabeledImages lost = LabeledImages.of(rows, r -> null, r -> r);
    assertThatThrownBy(() -> Training.on(lost).folder(folder.resolve("lost")).run())
        .isInstanceOf(DataException.class);
  }

  @Test
  void anAugmentationWithoutAProperNameIsRefused() {
    assertThatThrownBy(() -> Training.on(Path.of("photos")).augment((image, random) -> image))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("an augmentation's name consists of");
  }
}
