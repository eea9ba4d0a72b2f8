package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.evaluation.QuantizationCheck;
import dev.fovea.app.evaluation.QuantizationData;
import dev.fovea.app.evaluation.StageProgress;
import dev.fovea.app.option.DataName;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ImageLimit;
import dev.fovea.app.option.LabelsOption;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.OutputFile;
import dev.fovea.app.option.Positive;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.BadImage;
import dev.fovea.eval.Agreement;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import dev.fovea.quantization.CalibrationImages;
import dev.fovea.quantization.Observer;
import dev.fovea.quantization.QuantizationOptions;
import dev.fovea.quantization.QuantizedNetwork;
import dev.fovea.quantization.Quantizer;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.DataSettings;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea quantize}: turns a model into one that computes in 8-bit integers. */
@Command(
    name = "quantize",
    header = "Turns a model into one that computes in 8-bit integers.",
    description = {
      "",
      "Runs the model over a few hundred images to see how large its values become, keeps its"
          + " weights and values in 8 bits, and compares both models on images that were held back:"
          + " the validation split, or images that the calibration did not see. If the accuracy"
          + " falls by more than --max-drop, no file is written. Without labels the answers of both"
          + " models are compared. The new file is a model like any other for 'fovea eval' and"
          + " 'fovea predict', and 'fovea export --format onnx' writes it with QuantizeLinear and"
          + " DequantizeLinear; it cannot be trained further."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class QuantizeCommand implements Runnable {
  /** Percent of equal answers below which a model without labels is refused. */
  private static final double LEAST_AGREEMENT = 95;

  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "A model file or a run folder.")
  private String model = "";

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "FILE",
      description = "The model file to write; there must be none yet.")
  private Path out = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "PATH|NAME",
      description =
          "The images, with labels or without (default: the data that the model was trained on).")
  private @Nullable String data;

  @Option(names = "--labels", paramLabel = "FILE", description = LabelsOption.DESCRIPTION)
  private @Nullable Path labels;

  @Option(names = "--label-column", paramLabel = "NAME", description = LabelsOption.COLUMN)
  private @Nullable String labelColumn;

  @Option(names = "--classes", paramLabel = "FILE", description = LabelsOption.CLASSES)
  private @Nullable Path classes;

  @Option(
      names = "--unlabeled",
      description = "Ignores labels and compares the answers of both models.")
  private boolean unlabeled;

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "Images to calibrate on (default: ${DEFAULT-VALUE}).")
  private int images = 400;

  @Option(
      names = "--check-images",
      paramLabel = "N",
      description = "At most so many images to compare on (default: ${DEFAULT-VALUE}).")
  private int checkImages = 10_000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Which images are drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "Refuses if the accuracy falls by more percentage points (default: ${DEFAULT-VALUE}).")
  private double maxDrop = 0.5;

  @Option(
      names = "--min-agreement",
      paramLabel = "PERCENT",
      description =
          "Refuses if fewer answers are the same (default: 95 without labels, none with them).")
  private @Nullable Double minAgreement;

  @Option(
      names = "--observer",
      paramLabel = "mse|min-max|percentile",
      description =
          "How large a value 8 bits must hold: where rounding and clipping lose least, the largest"
              + " seen, or all but one in 10,000 (default: ${DEFAULT-VALUE}).")
  private String observer = QuantizationOptions.STANDARD.observer().label();

  @Option(
      names = "--weight-bits",
      paramLabel = "7|8",
      description =
          "Bits of weights; 7 for CPUs without VNNI instructions (default: what this CPU multiplies"
              + " exactly).")
  private @Nullable Integer weightBits;

  @Option(names = "--keep-first", description = "Leaves the first layer in binary32.")
  private boolean keepFirst;

  @Option(names = "--keep-last", description = "Leaves the classifier in binary32.")
  private boolean keepLast;

  @Option(
      names = "--no-bias-correction",
      description = "Does not take the mean error of each layer out of its biases.")
  private boolean noBiasCorrection;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the engine; 0 uses all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Mixin private ImageLimit limit = new ImageLimit();

  @Mixin private GlobalOptions common = new GlobalOptions();

  public QuantizeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    Positive.check("--images", images);
    Positive.check("--check-images", checkImages);
    Positive.check("--weight-bits", weightBits);
    checkRanges();
    Path file = ModelPath.of(model);
    OutputFile.check("--out", out);
    if (out.toString().toLowerCase(Locale.ROOT).endsWith(".onnx")) {
      throw new UsageException(
          "--out: "
              + out
              + " would not be an ONNX model; write a .safetensors file, then 'fovea export"
              + " --format onnx' makes one of it");
    }
    Backend backend = new OneDnnBackend();
    QuantizationOptions options = options(backend);
    try (ModelFile source = ModelFile.open(file)) {
      source.requireFullPrecision("quantization starts from");
      RunConfig run = config(source.card());
      QuantizationData.Wanted wanted =
          new QuantizationData.Wanted(unlabeled, images, checkImages, seed);
      Graph graph = source.graph();
      try (ParameterSet weights = backend.parameters(graph);
          QuantizationData set =
              QuantizationData.open(run, source.card(), wanted, limit.limits(), terminal)) {
        source.loadInto(weights);
        quantize(new Source(file, source.card(), graph, weights), set, backend, options);
      }
    }
  }

  private void checkRanges() {
    if (weightBits != null && weightBits != 7 && weightBits != 8) {
      throw new UsageException("--weight-bits is " + weightBits + "; it must be 7 or 8");
    }
    if (!(maxDrop >= 0 && maxDrop <= 100)) {
      throw new UsageException("--max-drop is " + maxDrop + "; it must be 0 to 100 points");
    }
    if (minAgreement != null && !(minAgreement >= 0 && minAgreement <= 100)) {
      throw new UsageException("--min-agreement is " + minAgreement + "; it must be 0 to 100");
    }
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
  }

  private QuantizationOptions options(Backend backend) {
    Observer chosen =
        Observer.of(observer)
            .orElseThrow(
                () ->
                    new UsageException(
                        "--observer is '"
                            + observer
                            + "'; it must be one of "
                            + Arrays.stream(Observer.values())
                                .map(Observer::label)
                                .collect(Collectors.joining(", "))));
    int bits = weightBits != null ? weightBits : backend.integerProducts().exact() ? 8 : 7;
    return QuantizationOptions.STANDARD
        .with(chosen)
        .withWeightBits(bits)
        .keeping(keepFirst, keepLast)
        .correctingBias(!noBiasCorrection);
  }

  private RunConfig config(ModelCard card) {
    String named =
        data != null
            ? DataName.check(data)
            : labels != null ? DataName.check(LabelsOption.folder(labels)) : "";
    if (named.isEmpty() && card.data().source().isEmpty()) {
      throw new UsageException(
          "the model file does not record its training data; name the images with --data");
    }
    RunConfig run = RunData.evaluating(card, named);
    DataSettings d = run.data();
    if (labels != null) {
      d = d.withLabels(LabelsOption.absolute(labels).toString());
    }
    if (labelColumn != null) {
      d = d.withLabelColumn(labelColumn);
    }
    if (classes != null) {
      d = d.withClasses(LabelsOption.absolute(classes).toString());
    }
    Integer megapixels = limit.megapixels();
    if (megapixels != null) {
      d = d.withMaxMegapixels(megapixels);
    }
    return run.with(d).with(run.engine().withThreads(threads()));
  }

  private int threads() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** The model in binary32. */
  private record Source(Path file, ModelCard card, Graph graph, ParameterSet weights) {}

  private void quantize(
      Source source, QuantizationData set, Backend backend, QuantizationOptions options) {
    terminal.note(
        "quantizing "
            + Graph.title(source.card().network())
            + " on "
            + Human.visible(set.calibration().description())
            + ", observer "
            + options.observer().label()
            + ", "
            + options.weightBits()
            + "-bit weights ("
            + backend.integerProducts().reason()
            + ")");
    LoaderOptions loading =
        LoaderOptions.STANDARD
            .withThreads(threads(), LoaderOptions.STANDARD.prefetch())
            .withBad(set.badFraction(), this::leftOut);
    QuantizedNetwork network;
    try (StageProgress shown = new StageProgress(terminal)) {
      int all = set.calibration().size();
      Quantizer quantizer =
          new Quantizer(
              backend,
              threads(),
              options,
              (pass, seen) -> shown.on(pass == 1 ? "calibrating" : "correcting biases", seen, all));
      network =
          quantizer.quantize(
              source.graph(),
              source.weights()::read,
              new CalibrationImages(
                  set.calibration(), source.card().preprocessing().unscored(), loading));
    }
    Agreement found =
        new QuantizationCheck(backend, threads(), terminal)
            .measure(source.graph(), source.weights(), network, source.card(), set, loading);
    require(found, set.labeled(), options);
    write(source.card(), network, options, found, set);
    report(source, network, found, set);
  }

  private void leftOut(BadImage bad) {
    terminal.note("warning: skipped " + Human.visible(bad.name()) + ": " + bad.reason());
  }

  private void require(Agreement found, boolean labeled, QuantizationOptions options) {
    double drop = 100 * (found.before() - found.after());
    List<String> left = new ArrayList<>();
    for (Observer o : Observer.values()) {
      if (o != options.observer()) {
        left.add("--observer " + o.label());
      }
    }
    if (!keepFirst) {
      left.add("--keep-first");
    }
    if (!keepLast) {
      left.add("--keep-last");
    }
    left.add("more --images");
    String advice =
        ", so nothing was written. Try "
            + String.join(", ", left)
            + ", or allow it with "
            + (labeled ? "--max-drop" : "--min-agreement");
    if (labeled && drop > maxDrop) {
      throw new CommandException(
          "the accuracy falls by "
              + Human.digits(drop)
              + " points, from "
              + Human.percent(found.before())
              + " to "
              + Human.percent(found.after())
              + " of "
              + Human.count(found.images(), "image")
              + ", more than "
              + Human.digits(maxDrop)
              + " (--max-drop)"
              + advice);
    }
    double least = minAgreement != null ? minAgreement : labeled ? 0 : LEAST_AGREEMENT;
    if (100 * found.agreement() < least) {
      throw new CommandException(
          "only "
              + Human.percent(found.agreement())
              + " of "
              + Human.count(found.images())
              + " answers are the same, less than "
              + Human.digits(least)
              + " % (--min-agreement)"
              + advice);
    }
  }

  private void write(
      ModelCard card,
      QuantizedNetwork network,
      QuantizationOptions options,
      Agreement found,
      QuantizationData set) {
    Map<String, String> how = new LinkedHashMap<>();
    how.put("observer", options.observer().label());
    how.put("images", Integer.toString(set.calibration().size()));
    how.put("seed", Long.toString(seed));
    how.put("weight_bits", Integer.toString(options.weightBits()));
    how.put("bias_correction", Boolean.toString(options.correctBias()));
    Map<String, Double> metrics =
        set.labeled()
            ? Map.of("top1", found.after(), "top1_before", found.before())
            : Map.of("agreement", found.agreement());
    ModelFile.writeQuantized(
        out,
        card.withMetrics(metrics),
        network.graph(),
        new QuantizedNumbers(network.quantization(), network.addends(), how),
        name -> Objects.requireNonNull(network.weights().get(name)));
  }

  private void report(
      Source source, QuantizedNetwork network, Agreement found, QuantizationData set) {
    long before = size(source.file());
    long after = size(out);
    long layers =
        network.graph().nodes().stream()
            .filter(n -> n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear)
            .count();
    int inIntegers = network.quantization().weights().size();
    if (common.json) {
      Json json =
          new Json()
              .put("model", source.file().toString())
              .put("file", out.toString())
              .put("layers", layers)
              .put("layers_in_8_bits", inIntegers)
              .put("calibration_images", set.calibration().size())
              .put("check_images", found.images())
              .put("agreement", found.agreement())
              .put("divergence", found.divergence())
              .put("bytes_before", before)
              .put("bytes_after", after);
      if (set.labeled()) {
        json.put("top1_before", found.before())
            .put("top1_after", found.after())
            .put("drop_points", 100 * (found.before() - found.after()));
      }
      terminal.result(json);
      return;
    }
    if (set.labeled()) {
      double drop = 100 * (found.before() - found.after());
      terminal.result(
          "top-1 "
              + Human.percent(found.before())
              + " before, "
              + Human.percent(found.after())
              + " after: "
              + Human.digits(Math.abs(drop))
              + (drop < 0 ? " points more" : " points less"));
    }
    terminal.result(
        Human.percent(found.agreement())
            + " of "
            + Human.count(found.images())
            + " answers are the same, on "
            + Human.visible(set.check().description()));
    terminal.result(
        inIntegers
            + " of "
            + Decimals.count(layers, "layer")
            + " in 8 bits, "
            + Human.bytes(before)
            + " before, "
            + Human.bytes(after)
            + " after");
    terminal.result("model   " + Human.visible(out.toString()));
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
