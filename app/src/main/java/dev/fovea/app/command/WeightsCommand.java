package dev.fovea.app.command;

import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.NamedNetwork;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.interop.PublicWeights;
import dev.fovea.models.ModelInfo;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fovea weights}: says where public weights of the networks are. */
@Command(
    name = "weights",
    header = "Says where public weights of a network are, and how to import them.",
    description = {
      "",
      "Downloads nothing. Sizes, digests, licences and accuracies are those that the publishers"
          + " state, as far as they are known here; a licence says nothing of the images that the"
          + " weights were trained on."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class WeightsCommand implements Runnable {
  private static final String UNKNOWN = "not known";

  private final Terminal terminal;

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "NETWORK",
      description =
          "A network's name (see 'fovea models') or a pattern, for example 'resnet*' (with the"
              + " quotes); without it, all networks.")
  private String glob = "*";

  public WeightsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    List<ModelInfo> networks = NamedNetwork.matching(glob);
    if (common.json) {
      networks.forEach(n -> terminal.result(json(n.name())));
      return;
    }
    List<String> without = new ArrayList<>();
    for (ModelInfo n : networks) {
      List<PublicWeights> files = PublicWeights.of(n.name());
      String why = PublicWeights.whyNone(n.name());
      files.forEach(this::print);
      if (files.isEmpty() && (!why.isEmpty() || networks.size() == 1)) {
        terminal.resultText(
            n.name()
                + ": no public weights are known here"
                + (why.isEmpty() ? "" : "; " + why)
                + "\n\n");
      } else if (files.isEmpty()) {
        without.add(n.name());
      }
    }
    if (!without.isEmpty()) {
      terminal.resultText(
          "no public weights are known here of: " + String.join(", ", without) + "\n");
    }
  }

  private void print(PublicWeights w) {
    PublicWeights.Facts facts = w.facts();
    terminal.resultText(w.network() + ", " + w.file() + "\n");
    line("from", w.address());
    line("format", w.format().text());
    line("size", known(facts.size()));
    line("SHA-256", digest(w));
    line("licence", known(facts.licence()));
    line("accuracy", accuracy(facts));
    line("images", images(w.preprocessing()));
    if (!facts.note().isEmpty()) {
      line("note", facts.note());
    }
    line("import", importCommand(w));
    terminal.resultText("\n");
  }

  /** The command that makes a model file of it. */
  public static String importCommand(PublicWeights w) {
    String changes = w.facts().preprocessing();
    return "fovea import "
        + w.file()
        + " --model "
        + w.model()
        + (changes.isEmpty() ? "" : " --preprocess " + changes)
        + " -o "
        + w.model()
        + ".safetensors";
  }

  private void line(String name, String value) {
    terminal.resultText(String.format(Locale.ROOT, "  %-9s %s%n", name, value));
  }

  private static String known(String text) {
    return text.isEmpty() ? UNKNOWN : text;
  }

  private static String digest(PublicWeights w) {
    if (!w.facts().sha256().isEmpty()) {
      return w.facts().sha256();
    }
    return w.sha256Begins().isEmpty()
        ? UNKNOWN
        : "begins with " + w.sha256Begins() + ", as the file's name says; the rest is not known";
  }

  private static String accuracy(PublicWeights.Facts facts) {
    if (facts.top1().isEmpty()) {
      return UNKNOWN;
    }
    String top1 = Decimals.format("%.2f %% top-1", facts.top1().getAsDouble());
    return facts.top5().isEmpty()
        ? top1
        : top1 + Decimals.format(", %.2f %% top-5", facts.top5().getAsDouble());
  }

  private static String images(Preprocessing p) {
    return p.height()
        + "x"
        + p.width()
        + " from a shorter side of "
        + p.resizeShorter()
        + ", "
        + p.interpolation().name().toLowerCase(Locale.ROOT)
        + ", "
        + p.order()
        + " "
        + p.range().name().toLowerCase(Locale.ROOT)
        + ", mean "
        + p.mean()
        + ", std "
        + p.std();
  }

  private static Json json(String network) {
    return new Json()
        .put("network", network)
        .put("weights", PublicWeights.of(network).stream().map(WeightsCommand::json).toList())
        .put("remark", text(PublicWeights.whyNone(network)));
  }

  private static Json json(PublicWeights w) {
    PublicWeights.Facts facts = w.facts();
    return new Json()
        .put("file", w.file())
        .put("address", w.address())
        .put("format", w.format().text())
        .put("size", text(facts.size()))
        .put("sha256", text(facts.sha256()))
        .put("sha256_begins", text(w.sha256Begins()))
        .put("licence", text(facts.licence()))
        .put("top1", facts.top1())
        .put("top5", facts.top5())
        .put("preprocessing", Json.of(w.preprocessing().toMap()))
        .put("note", text(facts.note()))
        .put("import", importCommand(w));
  }

  private static @Nullable String text(String known) {
    return known.isEmpty() ? null : known;
  }
}
