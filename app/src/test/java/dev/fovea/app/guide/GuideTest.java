package dev.fovea.app.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Follows the guides: every command and program in them is run, in its order, in a folder with
 * small files under the names of the reader's, and must print what the guide shows.
 */
class GuideTest {
  private static final Path GUIDES = Path.of("../docs/guide");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#([^)]+))?\\)");

  /** How many blocks of each guide are run, so that none is lost unnoticed. */
  private static final Map<String, Integer> RUN =
      Map.of(
          "train-on-your-photos.md", 9,
          "fine-tune-a-network.md", 6,
          "bring-weights.md", 7,
          "in-your-program.md", 13,
          "serve-and-explain.md", 13,
          "many-machines.md", 4);

  @TempDir private Path folder;

  private static List<GuideBlock> blocks(String guide) throws IOException {
    return GuideBlock.of(guide, Files.readString(GUIDES.resolve(guide)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train-on-your-photos.md",
        "fine-tune-a-network.md",
        "bring-weights.md",
        "in-your-program.md",
        "serve-and-explain.md",
        "many-machines.md"
      })
  void everyCommandAndProgramOfAGuideDoesWhatItShows(String guide) throws Exception {
    prepare(guide);
    int run = 0;
    try (ReadersFolder reader = new ReadersFolder(folder)) {
      ReadersFolder.@Nullable Run program = null;
      for (GuideBlock block : blocks(guide)) {
        if (block.reasonNotToRun().isPresent()) {
          continue;
        }
        run++;
        switch (block.language()) {
          case "console" -> follow(reader, block);
          case "java" -> {
            program = reader.runJava(block.text());
            assertThat(program.code()).as("%s: %s", block.at(), program.lines()).isZero();
          }
          case "text" -> {
            if (program == null) {
              throw new AssertionError(block.at() + ": output of no program");
            }
            check(block, "the program above", block.lines(), program.lines());
          }
          case "xml", "kotlin" -> checkCoordinates(block);
          default ->
              throw new AssertionError(
                  block.at() + ": the test knows no blocks of '" + block.language() + "'");
        }
      }
    }
    assertThat(run).as("blocks of %s that were run", guide).isEqualTo(RUN.get(guide));
  }

  private void prepare(String guide) throws IOException {
    StandIns.photos(folder.resolve("photos"), 6, 64);
    StandIns.unsorted(folder.resolve("holiday"), 2, 96);
    if (guide.equals("fine-tune-a-network.md") || guide.equals("bring-weights.md")) {
      StandIns.pytorch(folder.resolve("resnet18-f37072fd.pth"), "resnet18");
      StandIns.onnx(folder.resolve("squeezenet.onnx"));
    }
    if (guide.equals("in-your-program.md") || guide.equals("serve-and-explain.md")) {
      StandIns.model(folder.resolve("runs/train/model.safetensors"));
    }
  }

  private static void follow(ReadersFolder reader, GuideBlock block) throws Exception {
    for (GuideBlock.Step step : block.steps()) {
      if (step.command().startsWith("curl ") && !hasCurl()) {
        System.out.println(block.at() + ": not run, because curl is not installed");
        continue;
      }
      ReadersFolder.Run run =
          block.leftRunning()
              ? reader.leave(step.command(), step.output().size())
              : reader.run(step.command(), block.stoppedAfter());
      assertThat(run.code())
          .as("%s: exit code of %s%n%s", block.at(), step.command(), text(run.lines()))
          .isEqualTo(block.exitCode());
      check(block, step.command(), step.output(), run.lines());
    }
  }

  private static boolean hasCurl() {
    return Arrays.stream(
            Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "curl")));
  }

  /** The coordinates are those of the library as it is built. */
  private static void checkCoordinates(GuideBlock block) throws IOException {
    String pom = Files.readString(Path.of("../core/pom.xml"));
    for (String tag : List.of("groupId", "artifactId", "version")) {
      Matcher said = Pattern.compile("<" + tag + ">([^<]+)</" + tag + ">").matcher(block.text());
      Matcher meant =
          Pattern.compile(
                  tag.equals("artifactId")
                      ? "</parent>\\s*<artifactId>([^<]+)<"
                      : "<" + tag + ">([^<]+)<")
              .matcher(pom);
      assertThat(meant.find()).as("%s of core", tag).isTrue();
      if (block.language().equals("xml")) {
        assertThat(said.find()).as("%s: %s", block.at(), tag).isTrue();
        assertThat(said.group(1)).as("%s: %s", block.at(), tag).isEqualTo(meant.group(1));
      } else {
        assertThat(block.text()).as(block.at()).contains(meant.group(1));
      }
    }
  }

  private static void check(
      GuideBlock block, String command, List<String> shown, List<String> real) {
    if (!new ShownOutput(shown, block.numbersDiffer()).shows(real)) {
      throw new AssertionError(
          "%s: %s%n--- shown:%n%s%n--- printed:%n%s"
              .formatted(block.at(), command, text(shown), text(real)));
    }
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines);
  }

  @Test
  void theTestRunsAllGuidesAndTheyLinkToWhatThereIs() throws IOException {
    List<Path> pages;
    try (Stream<Path> files = Files.list(GUIDES)) {
      pages = files.filter(f -> f.toString().endsWith(".md")).toList();
    }
    assertThat(pages)
        .extracting(f -> f.getFileName().toString())
        .filteredOn(name -> !name.equals("README.md"))
        .containsExactlyInAnyOrderElementsOf(RUN.keySet());
    for (Path page : pages) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String target = link.group(1);
        if (!target.startsWith("http")) {
          assertThat(GUIDES.resolve(target)).as("a link of %s", page).exists();
        }
      }
    }
  }

  @Test
  void everyPictureIsSmallAndShown() throws IOException {
    StringBuilder pages = new StringBuilder();
    for (String guide : RUN.keySet()) {
      pages.append(Files.readString(GUIDES.resolve(guide)));
    }
    List<Path> pictures;
    try (Stream<Path> files = Files.list(GUIDES.resolve("pictures"))) {
      pictures = files.filter(f -> f.toString().matches(".*\\.(jpg|png|svg)")).toList();
    }
    assertThat(pictures).isNotEmpty();
    for (Path picture : pictures) {
      assertThat(pages).as("the guides").contains("](pictures/" + picture.getFileName() + ")");
      assertThat(Files.size(picture)).as(picture.toString()).isLessThan(100_000);
    }
  }
}
