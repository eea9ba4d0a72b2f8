package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One tiny run, and everything that commands do with it. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class TrainCommandTest {
  private static final String TIME =
      "reading [0-9.]+ (ms|µs), decoding [0-9.]+ (ms|µs), resizing [0-9.]+ (ms|µs) on the threads"
          + " that make images; waiting [0-9.]+ (ms|µs), network [0-9.]+ (ms|µs)";

  private static final String SHAPES = "--data=shapes(size=16,count=60,val=20)";
  private static final String EVIL = "<img src=x onerror=alert(1)>";

  @TempDir static Path folder;

  private static Path run;
  private static CommandLineRun trained;

  @BeforeAll
  static void trainOnce() {
    run = folder.resolve("run");
    trained = train("--run=" + run, SHAPES, "--epochs=2", "--lr=0.01");
  }

  private static CommandLineRun train(String... more) {
    List<String> args =
        new ArrayList<>(List.of("train", "--threads=1", "--precision=f32", "--input=16"));
    args.addAll(List.of(more));
    if (args.stream().noneMatch(a -> a.startsWith("--batch"))) {
      args.add("--batch=10");
    }
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  private static void image(Path file, int seed) throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, random.nextInt(1 << 24));
    }
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void aRunLeavesItsFilesAndSaysWhereTheyAre() {
    trained.succeeds();
    assertThat(trained.out()).contains("validation top-1", "model.safetensors", "report.html");
    assertThat(trained.err())
        .contains(
            "resnet20 (269,722 parameters)",
            "60 training and 20 validation",
            "epoch",
            "train loss");
    assertThat(trained.err().lines().filter(l -> l.matches(" +[12] .*"))).hasSize(2);
    for (String file :
        List.of(
            "config.json", "metrics.csv", "model.safetensors", "last.safetensors", "report.html")) {
      assertThat(run.resolve(file)).isNotEmptyFile();
    }
    assertThat(trained.err()).doesNotContain("\r", "\u001b");
  }

  @Test
  void theReportHasCurvesImagesAndTheMatrix() throws IOException {
    assertThat(Files.readString(run.resolve("report.html")))
        .contains(
            "<svg",
            "data:image/png;base64,",
            "class=\"matrix\"",
            "learning.batch",
            "finished",
            "triangle")
        .doesNotContain("http-equiv=\"refresh\"", "NaN");
  }

  @Test
  void aModelEvaluatesWithoutFurtherWords() {
    JsonValue json =
        CommandLineRun.of("eval", run.toString(), "--json", "--threads=1", "--precision=f32")
            .succeeds()
            .json()
            .get(0);
    assertThat(json.get("images").number()).isEqualTo(20);
    assertThat(json.get("top1").number()).isBetween(0.0, 1.0);
    assertThat(json.get("confusion").list()).hasSize(10);
    String model = run.resolve("model.safetensors").toString();
    JsonValue both =
        CommandLineRun.of("eval", model, model, "--json", "--threads=1", "--precision=f32")
            .succeeds()
            .json()
            .get(0);
    assertThat(both.get("top1").number())
        .as("a model beside itself")
        .isEqualTo(json.get("top1").number());
    assertThat(both.get("loss").number())
        .isCloseTo(json.get("loss").number(), org.assertj.core.data.Offset.offset(1e-5));
  }

  @Test
  void viewsAndModelsAreAveraged() {
    String model = run.resolve("model.safetensors").toString();
    for (String crops : List.of("flip", "144", "dense")) {
      CommandLineRun e =
          CommandLineRun.of(
                  "eval", model, model, "--json", "--crops", crops, "--threads=1", "--batch=16")
              .succeeds();
      JsonValue json = e.json().get(0);
      assertThat(json.get("images").number()).isEqualTo(20);
      assertThat(json.get("crops").text()).isEqualTo(crops);
      assertThat(json.get("top1_high").number()).isGreaterThan(json.get("top1").number());
    }
    CommandLineRun.of("eval", model, "--crops=7").failsWith(2, "--crops", "144", "dense-flip");
  }

  @Test
  void anEvaluationWritesItsPageItsTablesAndARow() throws IOException {
    Path report = folder.resolve("evaluation");
    Path table = folder.resolve("results.csv");
    CommandLineRun.of(
            "eval",
            run.toString(),
            run.toString(),
            "--report=" + report,
            "--results-file=" + table,
            "--threads=1",
            "--precision=f32",
            "--convolution=direct")
        .succeeds();
    assertThat(Files.readString(report.resolve("report.html")))
        .contains("Reliability", "class=\"matrix\"", "Model ", "preprocessing.mean", "triangle")
        .containsPattern("convolution(<[^>]*>|\\s)*direct")
        .doesNotContain("NaN");
    assertThat(Files.readAllLines(report.resolve("confusion.csv"))).hasSize(11);
    assertThat(Files.readAllLines(report.resolve("per-class.csv"))).hasSize(11);
    assertThat(Files.readAllLines(report.resolve("predictions.csv")))
        .hasSize(21)
        .element(0)
        .isEqualTo("image,class,answer,right,confidence,class_probability");
    assertThat(Files.readAllLines(table)).hasSize(2);
    assertThat(Files.readAllLines(table).get(1))
        .startsWith("resnet20+resnet20,")
        .contains(",0.54,");
    Files.writeString(table, "something else\n");
    CommandLineRun.of("eval", run.toString(), "--results-file=" + table)
        .failsWith(1, "results.csv", "something else");
  }

  @Test
  void evaluationShowsATableToPeople() {
    assertThat(
            CommandLineRun.of("eval", run.toString(), "--per-class", "--threads=1")
                .succeeds()
                .out())
        .contains("top-1", "calibration error", "recall", "triangle");
  }

  @Test
  void predictionNamesBadImagesAndGoesOn() throws IOException {
    Path images = folder.resolve("images");
    image(images.resolve("a.png"), 1);
    image(images.resolve("deep/c.png"), 3);
    Files.writeString(images.resolve("b.png"), "no image");
    CommandLineRun p =
        CommandLineRun.of(
            "predict",
            run.toString(),
            images.toString(),
            "missing.jpg",
            "--top=2",
            "--threads=1",
            "--precision=f32");
    assertThat(p.code()).isEqualTo(1);
    assertThat(p.out().lines().toList())
        .hasSize(2)
        .allMatch(l -> l.matches(".*[ac]\\.png: \\w+ [0-9.]+ %, \\w+ [0-9.]+ %"));
    assertThat(p.err().lines().filter(l -> l.contains("error:")))
        .hasSize(2)
        .anyMatch(l -> l.contains("b.png"))
        .anyMatch(l -> l.contains("missing.jpg"));
  }

  @Test
  void predictionReadsArchivesAndAccountsForItsTime() throws IOException {
    Path images = folder.resolve("packed");
    Path zip = folder.resolve("packed.zip");
    try (var out = new java.util.zip.ZipOutputStream(Files.newOutputStream(zip))) {
      for (int i = 8; i >= 0; i--) {
        image(images.resolve("x/" + i + ".png"), i);
        out.putNextEntry(new java.util.zip.ZipEntry("x/" + i + ".png"));
        out.write(Files.readAllBytes(images.resolve("x/" + i + ".png")));
      }
    }
    CommandLineRun packed =
        CommandLineRun.of(
            "predict",
            run.toString(),
            zip.toString(),
            "--threads=1",
            "--batch=4",
            "--precision=f32",
            "--verbose");
    CommandLineRun unpacked =
        CommandLineRun.of(
            "predict",
            run.toString(),
            images.toString(),
            "--threads=1",
            "--batch=4",
            "--precision=f32");
    assertThat(packed.succeeds().out().replace(zip.toString(), "*"))
        .hasLineCount(9)
        .isEqualTo(unpacked.succeeds().out().replace(images.toString(), "*"));
    assertThat(packed.err()).contains("9 images in", "waiting for images", "batch 4");
    assertThat(unpacked.err()).isEqualTo("resnet20, decode fast (auto)\n");
  }

  @Test
  void predictionInJsonIsOneObjectPerImage() throws IOException {
    Path images = folder.resolve("json");
    image(images.resolve("a.png"), 1);
    Files.writeString(images.resolve("b.png"), "");
    CommandLineRun p =
        CommandLineRun.of(
            "predict",
            run.toString(),
            images.toString(),
            "--json",
            "--top=3",
            "--threads=1",
            "--batch=1");
    assertThat(p.code()).isEqualTo(1);
    assertThat(p.json()).hasSize(2);
    assertThat(p.json().get(0).get("file").text()).endsWith("a.png");
    assertThat(p.json().get(0).get("predictions").list()).hasSize(3);
    assertThat(p.json().get(1).get("error").text()).contains("b.png");
  }

  @Test
  void summaryReadsModelFiles() {
    assertThat(
            CommandLineRun.of("summary", run.resolve("model.safetensors").toString())
                .succeeds()
                .out())
        .contains("16x16x16", "269,722");
  }

  @Test
  void jsonProgressIsOneObjectPerLine() {
    CommandLineRun r =
        train("--run=" + folder.resolve("json-run"), SHAPES, "--epochs=1", "--json").succeeds();
    List<String> events = r.json().stream().map(j -> j.get("event").text()).toList();
    assertThat(events).startsWith("start").endsWith("end").contains("step", "epoch", "saved");
    JsonValue end = r.json().get(r.json().size() - 1);
    assertThat(end.get("outcome").text()).isEqualTo("finished");
    assertThat(end.get("step").number()).isEqualTo(6);
  }

  @Test
  void aFolderThatHoldsARunIsRefused() {
    CommandLineRun r = train("--run=" + run, SHAPES, "--epochs=1");
    assertThat(r.code()).isEqualTo(1);
    assertThat(r.err().lines().toList())
        .last()
        .asString()
        .contains("already holds a run", "--resume");
  }

  @Test
  void timeThatIsUpIsSavedAndResumed() {
    Path stopped = folder.resolve("stopped");
    CommandLineRun first =
        train("--run=" + stopped, SHAPES, "--steps=1000000", "--max-time=2s").succeeds();
    assertThat(first.err())
        .contains("time is up", "continue with: fovea train --resume --run " + stopped);
    CommandLineRun second =
        CommandLineRun.of("train", "--resume", "--run=" + stopped, "--max-time=1s").succeeds();
    assertThat(second.err()).contains("resuming after step", "time is up");
  }

  @Test
  void classNamesDoNothingInTheReport() throws IOException {
    for (int i = 0; i < 6; i++) {
      image(folder.resolve("evil/" + EVIL + "/" + i + ".png"), i);
      image(folder.resolve("evil/cat/" + i + ".png"), 100 + i);
    }
    Path out = folder.resolve("evil-run");
    train(
            "--run=" + out,
            "--data=" + folder.resolve("evil"),
            "--epochs=1",
            "--batch=4",
            "--val-split=0.3")
        .succeeds();
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("&lt;img src=x onerror=alert(1)&gt;")
        .doesNotContain(EVIL);
  }

  @Test
  void misspeltNamesAreToldTheRightOnes() {
    CommandLineRun.of("train", "--recipe=cifar-fats")
        .failsWith(2, "cifar-fats", "Did you mean cifar-fast");
    CommandLineRun.of("train", "--model=resnt20").failsWith(2, "resnt20", "resnet20");
    CommandLineRun.of("train", "--data=shaeps").failsWith(2, "shaeps", "Did you mean shapes?");
    CommandLineRun.of("train", "--epoch=3").failsWith(2, "--epoch", "Did you mean --epochs?");
    CommandLineRun.of("train", "--set=learning.bacth=3")
        .failsWith(2, "learning.bacth", "learning.batch");
  }

  @Test
  void anOptionGivenTwiceIsOneLine() {
    CommandLineRun.of("train", "--batch=1", "--data=shapes", "--batch=2")
        .failsWith(2, "--batch", "only once");
  }

  @Test
  void wrongValuesAreOneLine() {
    CommandLineRun.of("train", "--batch=0").failsWith(2, "--batch is 0");
    CommandLineRun.of("train", "--batch=many").failsWith(2, "--batch", "'many'");
    CommandLineRun.of("train", "--lr=-1").failsWith(2, "--lr");
    CommandLineRun.of("train", "--epochs=1", "--steps=1").failsWith(2, "--epochs and --steps");
    CommandLineRun.of("train", "--max-time=soon").failsWith(2, "--max-time: cannot read", "90s");
    CommandLineRun.of("train", "--eval-every=0").failsWith(2, "--eval-every is 0", "at least 1");
    CommandLineRun.of("train", "--progressive=24").failsWith(2, "--progressive: cannot read '24'");
    CommandLineRun.of("train", "--save-every=x").failsWith(2, "--save-every", "500steps");
    CommandLineRun.of("train", "--precision=fp8").failsWith(2, "--precision", "bf16");
    CommandLineRun.of("train", "--set=foo").failsWith(2, "--set", "KEY=VALUE");
    CommandLineRun.of("train", "--ema=2").failsWith(2, "--ema");
    CommandLineRun.of("train", "--resume", "--recipe=cifar-fast")
        .failsWith(2, "--recipe", "--resume");
  }

  @Test
  void dataThatCannotServeIsOneLine() throws IOException {
    image(folder.resolve("single/cat/1.png"), 1);
    image(folder.resolve("single/cat/2.png"), 2);
    Files.createDirectories(folder.resolve("empty"));
    for (String data : List.of("nowhere", "single", "empty")) {
      CommandLineRun r =
          train("--run=" + folder.resolve("none-" + data), "--data=" + folder.resolve(data));
      assertThat(r.code()).as(data).isEqualTo(1);
      List<String> errors = r.err().lines().filter(l -> l.contains("error:")).toList();
      assertThat(errors)
          .as(data)
          .hasSize(1)
          .allMatch(l -> l.contains(data) && !l.contains("Exception"));
      assertThat(r.err()).as("no stack trace").doesNotContain("\tat ");
    }
  }

  @Test
  void aResumeOfNothingIsOneLine() {
    CommandLineRun.of("train", "--resume", "--run=" + folder.resolve("nothing"))
        .failsWith(1, "nothing", "--run");
  }

  @Test
  void damagedAndMissingModelsAreOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(run.resolve("model.safetensors"));
    Path cut = folder.resolve("cut.safetensors");
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length / 2));
    Path altered = folder.resolve("altered.safetensors");
    whole[whole.length - 100] ^= 1;
    Files.write(altered, whole);
    Path text = folder.resolve("text.safetensors");
    Files.writeString(text, "hello");
    for (Path file : List.of(cut, altered, text)) {
      for (String[] args :
          List.of(
              new String[] {"eval", "" + file},
              new String[] {"predict", "" + file, "x.png"},
              new String[] {"summary", "" + file})) {
        CommandLineRun r = CommandLineRun.of(args);
        assertThat(r.code()).as("%s: %s", args[0], r.err()).isEqualTo(1);
        List<String> errors =
            r.err().lines().filter(l -> l.contains(file.getFileName().toString())).toList();
        assertThat(errors).as(args[0]).hasSize(1);
        assertThat(r.err()).doesNotContain("Exception", "\tat ");
      }
    }
    CommandLineRun.of("eval", "nowhere.safetensors")
        .failsWith(1, "nowhere.safetensors", "no such model file");
    CommandLineRun.of("predict", "resnet20", "x.png")
        .failsWith(1, "name of a network without weights");
    CommandLineRun.of("predict", run.toString()).failsWith(2, "IMAGE|DIR|ZIP|TAR");
  }

  @Test
  void aClassThatTheModelKnowsMayBeMissingFromAnEvaluation() throws IOException {
    image(folder.resolve("part/val/disc/1.png"), 1);
    image(folder.resolve("part/val/ring/2.png"), 2);
    CommandLineRun eval =
        CommandLineRun.of(
                "eval", run.toString(), "--data=" + folder.resolve("part"), "--threads=1", "--json")
            .succeeds();
    assertThat(eval.err()).contains("note: ", "has no images of 8 classes");
    assertThat(eval.json().get(0).get("per_class").list()).hasSize(10);
  }

  @Test
  void predictionNamesWhatItIgnoresByKind() throws IOException {
    Path mixed = folder.resolve("mixed");
    image(mixed.resolve("1.png"), 1);
    image(mixed.resolve("nosuffix"), 2);
    Files.writeString(mixed.resolve("a.txt"), "x");
    Files.writeString(mixed.resolve("b.txt"), "x");
    CommandLineRun predict =
        CommandLineRun.of("predict", run.toString(), mixed.toString(), "--threads=1").succeeds();
    assertThat(predict.out().lines()).hasSize(1);
    assertThat(predict.err())
        .contains("note: 3 files ignored: 2 .txt, 1 without suffix; for example ");
  }

  @Test
  void labelsFromAFileAreTrainedAndEvaluated() throws IOException {
    Path flat = folder.resolve("flat");
    StringBuilder lines = new StringBuilder("path,label\n");
    for (int i = 0; i < 16; i++) {
      image(flat.resolve(i + ".png"), i);
      lines.append(i).append(".png,").append(i % 2 == 0 ? "even" : "odd").append('\n');
    }
    Path labels = Files.writeString(flat.resolve("labels.csv"), lines);
    Path out = folder.resolve("flat-run");
    train("--run=" + out, "--labels=" + labels, "--model=resnet20", "--epochs=1", "--batch=4")
        .succeeds();
    assertThat(Files.readString(out.resolve("config.json"))).contains(labels.toString());
    CommandLineRun.of("data", "check", flat.toString(), "--labels=" + labels).succeeds();
    CommandLineRun eval =
        CommandLineRun.of("eval", out.toString(), "--labels=" + labels, "--threads=1", "--json")
            .succeeds();
    assertThat(eval.json().get(0).get("per_class").list()).hasSize(2);
  }

  @Test
  void theStartNamesSizesAndWarnsWhereTheyAreFarApart() throws IOException {
    for (int i = 0; i < 8; i++) {
      image(folder.resolve("tiny/a/" + i + ".png"), i);
      image(folder.resolve("tiny/b/" + i + ".png"), 100 + i);
    }
    CommandLineRun dry =
        CommandLineRun.of(
                "train",
                "--data=" + folder.resolve("tiny"),
                "--model=resnet20",
                "--input=64",
                "--batch=4",
                "--threads=1",
                "--precision=f32",
                "--dry-run")
            .succeeds();
    assertThat(dry.err())
        .contains("warning: images of 16x16 pixels are enlarged to 64x64", "try --input 32");
    assertThat(dry.out()).contains("image size", "16x16", "64x64", "augmentation", "cifar");
  }

  @Test
  void anExplicitRecipeThatMirrorsCharactersIsNotedAndKept() throws IOException {
    BufferedImage grey = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 16; i++) {
      grey.setRGB(i, i, 0xffffff);
      Path file = folder.resolve("digits/" + i % 2 + "/" + i + ".png");
      Files.createDirectories(file.getParent());
      ImageIO.write(grey, "png", file.toFile());
    }
    String[] args = {
      "train",
      "--data=" + folder.resolve("digits"),
      "--recipe=cifar-resnet",
      "--batch=4",
      "--threads=1",
      "--precision=f32",
      "--dry-run"
    };

    CommandLineRun mirrored = CommandLineRun.of(args).succeeds();
    assertThat(mirrored.err())
        .containsOnlyOnce("the images may be characters, and the augmentation mirrors them");
    assertThat(mirrored.out()).contains("28x28", "32x32", "augmentation", "cifar");

    String[] plain = Arrays.copyOf(args, args.length + 1);
    plain[args.length] = "--augment=pad-crop";
    assertThat(CommandLineRun.of(plain).succeeds().err()).doesNotContain("characters");
  }

  @Test
  void theChoiceByTheDataNamesTheInputAndLengthThatAreGiven() throws IOException {
    for (int i = 0; i < 8; i++) {
      image(folder.resolve("given/a/" + i + ".png"), i);
      image(folder.resolve("given/b/" + i + ".png"), 100 + i);
    }
    CommandLineRun dry =
        CommandLineRun.of(
                "train",
                "--data=" + folder.resolve("given"),
                "--input=16",
                "--epochs=2",
                "--batch=4",
                "--threads=1",
                "--precision=f32",
                "--dry-run")
            .succeeds();
    assertThat(dry.err()).contains("chosen by the data: ", " at 16 pixels for 2 epochs (--recipe");
  }

  @Test
  void aRunFolderIsTakenAsItsModelToStartFrom() {
    CommandLineRun.of("train", "--init=" + run, "--batch=4", "--threads=1", "--dry-run").succeeds();
    CommandLineRun.of("train", "--init=" + folder, "--threads=1", "--dry-run")
        .failsWith(1, "is a folder without model.safetensors");
  }

  @Test
  void theInputOfAModelToStartFromIsTakenUnlessItIsGiven() {
    String[] dry = {"train", SHAPES, "--init=" + run, "--batch=4", "--threads=1", "--dry-run"};
    assertThat(CommandLineRun.of(dry).succeeds().out()).containsPattern("input size +16x16");
    String[] larger = Arrays.copyOf(dry, dry.length + 1);
    larger[dry.length] = "--input=24";
    assertThat(CommandLineRun.of(larger).succeeds().out()).containsPattern("input size +24x24");
  }

  @Test
  void dataOfOtherClassesIsRefused() throws IOException {
    image(folder.resolve("other/val/cat/1.png"), 1);
    image(folder.resolve("other/val/dog/2.png"), 2);
    CommandLineRun.of("eval", run.toString(), "--data=" + folder.resolve("other"), "--threads=1")
        .failsWith(1, "classes", "2 classes that are not among the 10 expected");
  }

  @Test
  void verboseNamesTheAlgorithmOfEveryConvolutionAndWhereTheTimeGoes() throws IOException {
    Path verbose = folder.resolve("verbose");
    CommandLineRun train =
        train("--run=" + verbose, SHAPES, "--steps=1", "--convolution=direct", "--verbose")
            .succeeds();
    assertThat(train.err())
        .contains("precision f32, convolution direct", "engine.convolution = direct");
    assertThat(train.err().lines())
        .anyMatch(l -> l.matches(" +conv1 +forward, weights +direct"))
        .anyMatch(l -> l.matches(" +layer3\\.2\\.conv2 +forward, data, weights +direct"));
    assertThat(train.err()).containsPattern(TIME);
    assertThat(Files.readString(verbose.resolve("report.html")))
        .containsPattern("decoding an image\\s*<[^0-9]*[0-9.]+ (ms|µs)")
        .contains("reading an image", "resizing an image", "waiting, per image")
        .contains("network, per image");
    String model = verbose.resolve("model.safetensors").toString();
    CommandLineRun eval =
        CommandLineRun.of(
                "eval", model, model, "--verbose", "--convolution=fast", "--threads=1", "--json")
            .succeeds();
    assertThat(eval.err()).contains("convolution fast");
    assertThat(eval.err().lines().filter(l -> l.matches("conv1 +forward +direct"))).hasSize(2);
    assertThat(eval.err().lines().filter(l -> l.equals(model))).hasSize(2);
  }

  @Test
  void decodingIsSaidAtTheStartStoredWithTheModelAndReplacedByTheFlag() throws IOException {
    Path picture = folder.resolve("decoded/1.png");
    image(picture, 1);
    Path exact = folder.resolve("exact");
    CommandLineRun train = train("--run=" + exact, SHAPES, "--steps=1", "--decode=exact");
    assertThat(train.succeeds().err()).contains(", decode exact");
    assertThat(Files.readString(exact.resolve("config.json"))).contains("\"decode\" : \"exact\"");
    for (String flag : List.of("", "--decode=exact", "--decode=fast", "--decode=auto")) {
      List<String> rest = flag.isEmpty() ? List.of() : List.of(flag);
      String told =
          switch (flag) {
            case "--decode=auto" -> "fast (auto)";
            case "--decode=fast" -> "fast";
            default -> "exact";
          };
      List<String> predict = new ArrayList<>(List.of("predict", "" + exact, "" + picture));
      predict.addAll(rest);
      assertThat(CommandLineRun.of(predict.toArray(String[]::new)).succeeds().err())
          .isEqualTo("resnet20, decode " + told + "\n");
      List<String> eval = new ArrayList<>(List.of("eval", "" + exact));
      eval.addAll(rest);
      assertThat(CommandLineRun.of(eval.toArray(String[]::new)).succeeds().err())
          .contains(", decode " + told.replace("fast (auto)", "exact (auto)"));
    }
    CommandLineRun.of("predict", exact.toString(), picture.toString(), "--decode=half")
        .failsWith(2, "--decode", "exact, fast or auto");
  }

  @Test
  void predictNamesTheAlgorithmOfEveryConvolutionToo() throws IOException {
    Path picture = folder.resolve("pictures/1.png");
    image(picture, 1);
    CommandLineRun predict =
        CommandLineRun.of(
                "predict",
                run.toString(),
                picture.toString(),
                "--threads=1",
                "--convolution=direct",
                "--verbose")
            .succeeds();
    assertThat(predict.err().lines()).anyMatch(l -> l.matches("conv1 +forward +direct"));
    assertThat(predict.err()).contains("convolution direct").containsPattern(TIME);
    CommandLineRun.of("predict", run.toString(), picture.toString(), "--convolution=fft")
        .failsWith(2, "--convolution", "direct");
  }

  @Test
  void aResumedRunKeepsItsConvolutionsAndRefusesOthersByTheFlag() throws IOException {
    Path kept = folder.resolve("kept");
    train("--run=" + kept, SHAPES, "--epochs=1", "--convolution=direct").succeeds();
    assertThat(Files.readString(kept.resolve("config.json")))
        .contains("\"convolution\" : \"direct\"");
    CommandLineRun.of("train", "--resume", "--run=" + kept).succeeds();
    CommandLineRun other =
        CommandLineRun.of("train", "--resume", "--run=" + kept, "--convolution=fast");
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.err()).contains("--convolution (engine.convolution) is 'fast', was 'direct'");
  }

  @Test
  void noTemporaryFilesStayBehind() throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .noneMatch(n -> n.endsWith(".part") || n.endsWith(".tmp"));
    }
  }
}
