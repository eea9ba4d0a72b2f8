package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.OutputFile;
import dev.fovea.app.option.Positive;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.ClassNames;
import dev.fovea.graph.Graph;
import dev.fovea.interop.EntryException;
import dev.fovea.interop.ForeignFile;
import dev.fovea.interop.InteropException;
import dev.fovea.interop.KnownPreprocessing;
import dev.fovea.interop.MismatchException;
import dev.fovea.interop.PublishedWeights;
import dev.fovea.interop.WeightImport;
import dev.fovea.models.Models;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.importer.OnnxImport;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea import}: converts foreign weights and ONNX models to a model file. */
@Command(
    name = "import",
    header = "Converts PyTorch or safetensors weights, or an ONNX model, to a model file.",
    description = {
      "",
      "Reads .pt, .pth, .th and .bin files written by torch.save, without running any code in them,"
          + " and safetensors files. Takes the weights out of a training checkpoint and says which."
          + " Every weight must match: missing, unexpected and misshapen weights are listed, and"
          + " nothing is written. The model file also records the preprocessing of the network's"
          + " public weights.",
      "",
      "Reads ONNX models of convolutional classifiers, opset 1 to 27. They bring their own network:"
          + " it becomes one of 'fovea models' if it computes the same, else a network of its own"
          + " that the model file defines. Batch norms may be spelled out and axes turned. A node"
          + " that cannot be read is named."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class ImportCommand implements Runnable {
  private final Terminal terminal;

  @Parameters(
      paramLabel = "FILE",
      description = "The weights; the format is detected from the content.")
  private Path file = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description =
          "The network, with its options; see 'fovea models'. Required but for ONNX models. Weights"
              + " trained in TensorFlow need their own option and preprocessing:"
              + " inception_v3.keras, inception_v3.tf_in1k or inception_v3.nsfwjs.")
  private String model = "";

  @Option(
      names = "--entry",
      paramLabel = "NAME",
      description =
          "Which of several sets of weights to take: a key of the checkpoint, such as model_ema or"
              + " teacher, dotted keys if it is nested, or the prefix of its tensor names.")
  private String entry = "";

  @Option(
      names = "--input",
      paramLabel = "N",
      description = "ONNX: height and width of images, if the file leaves them open.")
  private @Nullable Integer input;

  @Option(
      names = "--external-data",
      description =
          "ONNX: read weights from other files in the model's folder, if the model says so.")
  private boolean externalData;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "MODEL",
      description = "The model file to write; there must be none yet.")
  private Path out = Path.of("");

  @Option(
      names = "--num-classes",
      paramLabel = "K",
      description =
          "Replaces the classifier with a newly initialized one for K classes, for fine-tuning.")
  private @Nullable Integer newClasses;

  @Option(
      names = "--classes",
      paramLabel = "FILE",
      description =
          "File of class names: one per line, a JSON array, or a JSON object such as"
              + " imagenet_class_index.json or a config.json with id2label.")
  private @Nullable Path classes;

  @Option(
      names = "--preprocess",
      paramLabel = "SPEC",
      description =
          "Overrides the network's preprocessing: a name, changes, or both, for example"
              + " 'imagenet,resize=232'. Names: imagenet, half, unit, timm-half, cadene, caffe,"
              + " wrn, cifar10. Changes: resize, interpolation, mean=R/G/B, std=R/G/B,"
              + " order=rgb|bgr, range=unit|byte.")
  private String preprocess = "";

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the new classifier (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private GlobalOptions common = new GlobalOptions();

  public ImportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    if (newClasses != null) {
      Positive.check("--num-classes", newClasses);
    }
    OutputFile.check("--out", out);
    if (OnnxFile.isOnnx(file)) {
      onnx();
      return;
    }
    if (model.isEmpty() && ModelFile.isModel(file)) {
      throw new UsageException(file + " is a model of fovea already; use it as it is");
    }
    if (model.isEmpty() || input != null || externalData) {
      throw new UsageException(
          model.isEmpty()
              ? "--model is missing: the file holds weights alone, so name their network; 'fovea"
                  + " models' lists all"
              : (input == null ? "--external-data" : "--input")
                  + " is for ONNX models, and "
                  + file
                  + " is none");
    }
    Preprocessing seen =
        preprocessing(preprocess, model, Models.info(PublishedWeights.network(model)).input());
    try (ForeignFile foreign = ForeignFile.open(file, entry)) {
      WeightImport weights =
          WeightImport.of(
              foreign,
              model,
              newClasses == null ? OptionalInt.empty() : OptionalInt.of(newClasses),
              seed);
      Graph graph = weights.graph();
      List<String> notes = new ArrayList<>(weights.notes());
      ModelCard card =
          ModelCard.ofImported(graph.name(), graph.inputShape(), names(graph, notes), seen);
      weights.write(out, card);
      String from =
          foreign.format()
              + (foreign.key().isEmpty() ? "" : ", entry " + Human.visible(foreign.key()));
      report(
          new Imported(
              foreign.format().toString(), foreign.key(), from, weights.taken(), weights.fresh()),
          card,
          notes);
    } catch (MismatchException e) {
      terminal.note(table(e).toString().stripTrailing());
      throw e;
    } catch (EntryException e) {
      throw new CommandException(e.getMessage() + "; name one with --entry", e);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What a report says of the source. */
  private record Imported(
      String format, String entry, String from, int tensors, List<String> fresh) {}

  private void onnx() {
    if (!model.isEmpty() || !entry.isEmpty()) {
      throw new UsageException(
          (model.isEmpty() ? "--entry" : "--model")
              + " is not for ONNX models, which bring their own network; leave it out");
    }
    if (input != null) {
      Positive.check("--input", input);
    }
    try (OnnxFile onnx = OnnxFile.open(file, externalData)) {
      OnnxImport read =
          OnnxImport.of(
              onnx,
              file,
              input == null ? OptionalInt.empty() : OptionalInt.of(input),
              newClasses == null ? OptionalInt.empty() : OptionalInt.of(newClasses),
              seed);
      Graph graph = read.graph();
      List<String> notes = new ArrayList<>(read.notes());
      List<String> names =
          classes == null && read.classes().isPresent()
              ? read.classes().get()
              : names(graph, notes);
      Preprocessing seen;
      if (preprocess.isEmpty() && read.preprocessing().isPresent()) {
        seen = read.preprocessing().get();
      } else {
        Optional<String> expected = read.expectsImages();
        String usual = expected.orElseGet(() -> KnownPreprocessing.nameFor(graph.name()));
        seen =
            preprocessing(
                preprocess.isEmpty() ? usual : preprocess, graph.name(), graph.inputShape());
        if (preprocess.isEmpty()) {
          notes.add(
              expected.isPresent()
                  ? "the file changes images itself or says what they are: '"
                      + usual
                      + "' is what it expects; choose otherwise with --preprocess"
                  : "the file does not say how images are prepared; '"
                      + usual
                      + "' is assumed: choose with --preprocess");
        }
      }
      seen = read.forNetwork(seen);
      ModelCard card = ModelCard.ofImported(graph.name(), graph.inputShape(), names, seen);
      ModelFile.write(out, card, read.weights());
      int taken = graph.params().size() - read.fresh().size();
      report(new Imported("ONNX", "", "ONNX", taken, read.fresh()), card, notes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Preprocessing preprocessing(String text, String network, Shape images) {
    try {
      return KnownPreprocessing.parse(text, network, images);
    } catch (DataException e) {
      UsageException usage = new UsageException("--preprocess: " + e.getMessage());
      usage.initCause(e);
      throw usage;
    }
  }

  private List<String> names(Graph graph, List<String> notes) throws IOException {
    int count = graph.classes();
    if (classes != null) {
      List<String> names = ClassNames.read(classes);
      if (names.size() != count) {
        throw new InteropException(
            classes
                + ": names "
                + Decimals.count(names.size(), "class")
                + ", but the network has "
                + count
                + "; name that many, or replace the classifier with --num-classes "
                + names.size());
      }
      return names;
    }
    boolean cifar = newClasses == null && count == 10 && graph.inputShape().dim(1) == 32;
    notes.add(
        cifar
            ? "the classes are assumed to be CIFAR-10's; name others with --classes"
            : "the classes are numbered, since the file does not name them; name them with"
                + " --classes");
    return cifar ? ClassNames.CIFAR10 : ClassNames.numbered(count);
  }

  private static Table table(MismatchException e) {
    Table table = new Table("what", "name", "in the network", "in the file");
    for (MismatchException.Row row : e.rows()) {
      table.row(
          row.kind().name().toLowerCase(Locale.ROOT),
          Human.visible(row.name()),
          row.expected().isEmpty() ? "-" : row.expected(),
          row.found().isEmpty() ? "-" : row.found());
    }
    return table;
  }

  private void report(Imported source, ModelCard card, List<String> notes) {
    Preprocessing p = card.preprocessing();
    if (common.json) {
      terminal.result(
          new Json()
              .put("file", file.toString())
              .put("format", source.format())
              .put("model", out.toString())
              .put("network", card.network())
              .put("entry", source.entry())
              .put("tensors", source.tensors())
              .put("fresh", source.fresh())
              .put("classes", card.classes().size())
              .put("preprocessing", Json.of(p.toMap()))
              .put("notes", notes));
      return;
    }
    terminal.resultText(
        new Table("what", "value")
            .row("model file", Human.visible(out.toString()))
            .row("network", Graph.title(card.network()))
            .row("read from", source.from())
            .row("tensors imported", Human.count(source.tensors()))
            .row("classes", Human.count(card.classes().size()))
            .row(
                "input",
                p.height() + "x" + p.width() + ", shorter side resized to " + p.resizeShorter())
            .row(
                "mean and std",
                p.mean()
                    + " "
                    + p.std()
                    + ", "
                    + p.order()
                    + " "
                    + p.range().name().toLowerCase(Locale.ROOT)));
    notes.forEach(n -> terminal.note("note: " + SettingsAsFlags.translate(n, common.flags())));
  }
}
