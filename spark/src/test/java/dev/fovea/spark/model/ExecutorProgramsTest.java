package dev.fovea.spark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.Classifier;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.spark.Fixtures;
import dev.fovea.spark.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExecutorProgramsTest {
  private static final ProgramOptions OPTIONS = new ProgramOptions(1, 0, "f32", 4);
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir private static Path folder;

  private static final List<BroadcastModel> MODELS = new ArrayList<>();

  @BeforeAll
  static void broadcast() {
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext());
    for (int seed = 0; seed < 2; seed++) {
      Path model = Fixtures.model(folder, "resnet20", seed);
      try (ModelSource source = ModelSource.open(model.toString(), new Configuration())) {
        MODELS.add(BroadcastModel.of(source, context));
      }
    }
  }

  @Test
  void tasksThatStartTogetherShareOneProgram() {
    ExecutorPrograms programs = new ExecutorPrograms(LONG);

    List<CompletableFuture<Classifier>> tasks =
        IntStream.range(0, 4)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> programs.use(MODELS.get(0), OPTIONS).classifier()))
            .toList();

    assertThat(tasks.stream().map(CompletableFuture::join).distinct()).hasSize(1);
    assertThat(programs.size()).isEqualTo(1);
    tasks.get(0).join().close();
  }

  @Test
  void otherModelsAndOtherOptionsAreOtherPrograms() {
    ExecutorPrograms programs = new ExecutorPrograms(LONG);
    ProgramOptions others = new ProgramOptions(1, 0, "f32", 5);

    try (ExecutorPrograms.Lease a = programs.use(MODELS.get(0), OPTIONS);
        ExecutorPrograms.Lease b = programs.use(MODELS.get(1), OPTIONS);
        ExecutorPrograms.Lease c = programs.use(MODELS.get(0), others)) {
      assertThat(a.classifier()).isNotSameAs(b.classifier()).isNotSameAs(c.classifier());
      assertThat(programs.size()).isEqualTo(3);
      List.of(a, b, c).forEach(lease -> lease.classifier().close());
    }
  }

  @Test
  void aProgramThatNobodyUsesIsClosedAfterAWhileAndNoneThatSomebodyDoes() throws Exception {
    ExecutorPrograms programs = new ExecutorPrograms(Duration.ofMillis(20));
    Classifier left;
    try (ExecutorPrograms.Lease used = programs.use(MODELS.get(0), OPTIONS)) {
      try (ExecutorPrograms.Lease other = programs.use(MODELS.get(1), OPTIONS)) {
        left = other.classifier();
      }
      while (left.isAnswering()) {
        Thread.sleep(5);
      }
      assertThat(programs.size()).isEqualTo(1);
      assertThat(used.classifier().isAnswering()).isTrue();
    }
    while (programs.size() > 0) {
      Thread.sleep(5);
    }
    try (ExecutorPrograms.Lease again = programs.use(MODELS.get(1), OPTIONS)) {
      assertThat(again.classifier().isAnswering()).isTrue();
    }
  }

  @Test
  void aLeaseThatIsClosedTwiceEndsOneUse() {
    ExecutorPrograms programs = new ExecutorPrograms(Duration.ZERO);
    try (ExecutorPrograms.Lease used = programs.use(MODELS.get(0), OPTIONS)) {
      ExecutorPrograms.Lease other = programs.use(MODELS.get(0), OPTIONS);
      other.close();
      other.close();
      programs.closeIdle();

      assertThat(used.classifier().isAnswering()).isTrue();
    }
    programs.closeIdle();
    assertThat(programs.size()).isZero();
  }

  @Test
  void aProgramThatHasEndedIsReplaced() {
    ExecutorPrograms programs = new ExecutorPrograms(LONG);
    try (ExecutorPrograms.Lease first = programs.use(MODELS.get(0), OPTIONS)) {
      first.classifier().close();
      try (ExecutorPrograms.Lease second = programs.use(MODELS.get(0), OPTIONS)) {
        assertThat(second.classifier()).isNotSameAs(first.classifier());
        assertThat(second.classifier().isAnswering()).isTrue();
        second.classifier().close();
      }
    }
  }

  @Test
  void aModelThatCannotBeOpenedFailsEveryTaskThatWantsIt() throws Exception {
    ExecutorPrograms programs = new ExecutorPrograms(LONG);
    Path file = Fixtures.model(folder, "resnet20", 9);
    try (ModelSource source = ModelSource.open(file.toString(), new Configuration())) {
      Files.writeString(file, "something else");
      BroadcastModel model =
          BroadcastModel.of(
              source, JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext()));

      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> programs.use(model, OPTIONS))
            .isInstanceOf(CheckpointException.class);
      }
    }
  }
}
