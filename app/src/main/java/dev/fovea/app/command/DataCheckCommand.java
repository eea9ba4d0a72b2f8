package dev.fovea.app.command;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.option.DataOptions;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.data.inspect.DataCheck.Duplicate;
import dev.fovea.data.inspect.DataCheck.Part;
import dev.fovea.data.inspect.DataCheck.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fovea data check}: reads every image and reports problems that could harm training. */
@Command(
    name = "check",
    header = "Reads every image and reports problems that could harm training.",
    description = {
      "",
      "Reports unreadable images, wrong file name suffixes, duplicates within and between splits,"
          + " ignored files, sizes and class balance. Exits with code 1 if an image is unreadable."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class DataCheckCommand implements Callable<Integer> {
  private static final int SHOWN = 10;

  private final Terminal terminal;

  @Mixin private DataOptions source = new DataOptions();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "Also writes all remarks to a file of tab-separated columns: kind, split, image, remark.")
  private @Nullable Path out;

  @Mixin private GlobalOptions common = new GlobalOptions();

  DataCheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** One line of the list file. */
  private record Remark(String kind, String part, String name, String text) {}

  @Override
  public Integer call() throws IOException {
    DataCheck check = DataCheck.of(source.path(), source.options());
    List<Remark> remarks = remarks(check);
    if (out != null) {
      StringBuilder list = new StringBuilder();
      remarks.forEach(r -> list.append(tabs(r)).append('\n'));
      WholeFile.write(out, list.toString());
    }
    if (common.json) {
      terminal.result(json(check));
    } else {
      print(check, remarks);
    }
    return check.unreadable().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void print(DataCheck check, List<Remark> remarks) {
    Table parts =
        new Table("split", "images", "classes", "smallest class", "largest class", "ratio");
    for (Part p : check.parts()) {
      parts.row(
          p.description(),
          Human.count(p.images()),
          Human.count(p.classes().size()),
          p.perClass().isEmpty() ? "-" : Human.count(Collections.min(p.perClass())),
          p.perClass().isEmpty() ? "-" : Human.count(Collections.max(p.perClass())),
          p.perClass().isEmpty() ? "-" : Human.digits(p.imbalance()));
    }
    terminal.resultText(parts + "\n");
    Table found = new Table("found", "images");
    found.row("unreadable", Human.count(check.unreadable().size()));
    found.row("format differs from the suffix", Human.count(check.wrongSuffix().size()));
    found.row("groups of duplicates", Human.count(check.duplicates().size()));
    found.row("  across splits", Human.count(check.leaks()));
    found.row("rotated by EXIF", Human.count(check.rotated()));
    check.colors().forEach((c, n) -> found.row("stored as " + lower(c), Human.count(n)));
    check.sizes().stream()
        .limit(3)
        .forEach(
            s ->
                found.row(
                    "of " + s.width() + "x" + s.height() + " pixels", Human.count(s.images())));
    if (check.sizes().size() > 3) {
      found.row(
          "of other sizes",
          Human.count(check.sizes().stream().skip(3).mapToLong(s -> s.images()).sum()));
    }
    found.row("ignored", Human.count(check.ignored().size()));
    terminal.resultText(found);
    check.notes().forEach(n -> terminal.resultText("note: " + Human.visible(n) + "\n"));
    if (!check.ignored().isEmpty()) {
      terminal.resultText(IgnoredFile.summary(check.ignored()) + "\n");
    }
    remarks.stream()
        .limit(SHOWN)
        .forEach(
            r ->
                terminal.resultText(
                    r.kind() + ": " + Human.visible(r.name() + ": " + r.text()) + "\n"));
    if (remarks.size() > SHOWN && out == null) {
      terminal.resultText("and " + (remarks.size() - SHOWN) + " more; --out FILE lists them all\n");
    }
    boolean clean = check.isClean() && check.ignored().isEmpty();
    terminal.resultText(clean ? "no problems found\n" : "");
  }

  private List<Remark> remarks(DataCheck check) {
    List<Remark> remarks = new ArrayList<>();
    check
        .unreadable()
        .forEach(
            p ->
                remarks.add(
                    remark(
                        check,
                        "unreadable",
                        p,
                        SettingsAsFlags.translate(p.remark(), common.flags()))));
    check.wrongSuffix().forEach(p -> remarks.add(remark(check, "suffix", p, p.remark())));
    for (Duplicate d : check.duplicates()) {
      Place first = d.places().get(0);
      String where = d.acrossParts() ? ", in another split" : "";
      String label = d.acrossClasses() ? ", in another class" : "";
      d.places().stream()
          .skip(1)
          .forEach(
              p ->
                  remarks.add(
                      remark(check, "duplicate", p, "equals " + first.name() + where + label)));
    }
    check.ignored().forEach(f -> remarks.add(new Remark("ignored", "-", f.path(), f.reason())));
    return remarks;
  }

  private static Remark remark(DataCheck check, String kind, Place place, String text) {
    String part = check.parts().get(place.part()).description();
    return new Remark(kind, part, place.name(), text);
  }

  private static String tabs(Remark r) {
    return Stream.of(r.kind(), r.part(), r.name(), r.text())
        .map(cell -> cell.replaceAll("[\\t\\r\\n]+", " "))
        .collect(Collectors.joining("\t"));
  }

  private static String lower(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static Json json(DataCheck c) {
    Json colours = new Json();
    c.colors().forEach((k, n) -> colours.put(lower(k), n));
    return new Json()
        .put("parts", c.parts().stream().map(DataCheckCommand::json).toList())
        .put("unreadable", places(c, c.unreadable()))
        .put("wrong_suffix", places(c, c.wrongSuffix()))
        .put(
            "duplicates",
            c.duplicates().stream()
                .map(
                    d ->
                        new Json()
                            .put("places", places(c, d.places()))
                            .put("across_splits", d.acrossParts())
                            .put("across_classes", d.acrossClasses()))
                .toList())
        .put("colours", colours)
        .put("rotated", c.rotated())
        .put(
            "sizes",
            c.sizes().stream()
                .map(
                    s ->
                        new Json()
                            .put("width", s.width())
                            .put("height", s.height())
                            .put("images", s.images()))
                .toList())
        .put(
            "ignored",
            c.ignored().stream()
                .map(
                    f ->
                        new Json()
                            .put("name", f.path())
                            .put("kind", f.kind())
                            .put("reason", f.reason()))
                .toList())
        .put("notes", c.notes());
  }

  private static Json json(Part p) {
    Json perClass = new Json();
    for (int i = 0; i < p.classes().size(); i++) {
      perClass.put(p.classes().get(i), p.perClass().get(i));
    }
    return new Json()
        .put("split", p.description())
        .put("images", p.images())
        .put("classes", perClass);
  }

  private static List<Json> places(DataCheck c, List<Place> places) {
    return places.stream()
        .map(
            p ->
                new Json()
                    .put("split", c.parts().get(p.part()).description())
                    .put("name", p.name())
                    .put("remark", p.remark()))
        .toList();
  }
}
