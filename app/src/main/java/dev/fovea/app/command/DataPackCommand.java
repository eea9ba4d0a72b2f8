package dev.fovea.app.command;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ReaderGone;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.console.Version;
import dev.fovea.app.option.DataOptions;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.pack.PackFormat;
import dev.fovea.pack.PackPart;
import dev.fovea.pack.PackRecord;
import dev.fovea.pack.PackSettings;
import dev.fovea.pack.Packer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fovea data pack}: writes a data set as shards of small images. */
@Command(
    name = "pack",
    header = "Packs a data set into shards of small images, for fast training.",
    description = {
      "",
      "Writes WebDataset shards (DIR/train-000000.tar, ...) with the images in random order,"
          + " shrunk, upright and without metadata, classes.txt, and pack.json with everything that"
          + " the pack was made of. DIR is then a data set like any other. The same data and"
          + " options give the same bytes on every machine. If it is stopped or killed, the same"
          + " command goes on after the last complete shard. Unreadable images are reported and"
          + " left out."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class DataPackCommand implements Callable<Integer> {
  /** Time to finish the images under way before a hanging read ends the process. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Terminal terminal;

  @Mixin private DataOptions source = new DataOptions();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write to: new, empty, or a pack to go on with.")
  private Path out = Path.of("");

  @Option(
      names = "--side",
      paramLabel = "N",
      description =
          "Shrinks images whose shorter side is longer than N pixels to that; none is enlarged"
              + " (default: ${DEFAULT-VALUE}).")
  private int side = PackSettings.STANDARD.side();

  @Option(
      names = "--interpolation",
      paramLabel = "NAME",
      description =
          "The filter that shrinks: nearest, box, bilinear, bicubic or lanczos, antialiased"
              + " (default: bilinear).")
  private Interpolation interpolation = PackSettings.STANDARD.interpolation();

  @Option(
      names = "--format",
      paramLabel = "jpeg|raw|auto",
      description =
          "How images are stored: as JPEG, as pixels (binary PPM), or as pixels up to a shorter"
              + " side of 64 and as JPEG above (default: auto). Except with raw, upright JPEGs that"
              + " need no shrinking are copied without their metadata.")
  private PackFormat format = PackSettings.STANDARD.format();

  @Option(
      names = "--quality",
      paramLabel = "Q",
      description = "Quality of JPEGs, 1 to 100 (default: ${DEFAULT-VALUE}).")
  private int quality = PackSettings.STANDARD.quality();

  @Option(
      names = "--subsampling",
      paramLabel = "4:2:0|4:4:4",
      description = "Chroma subsampling of JPEGs (default: ${DEFAULT-VALUE}).")
  private String subsampling = PackSettings.STANDARD.sampling().toString();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the order (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--shard-size",
      paramLabel = "MB",
      description = "Largest size of a shard in megabytes (default: ${DEFAULT-VALUE}).")
  private int shardSize = PackSettings.STANDARD.shardMegabytes();

  @Option(
      names = "--bad-fraction",
      paramLabel = "F",
      description =
          "Stops if more than this fraction of a split is unreadable (default: ${DEFAULT-VALUE}).")
  private double badFraction = DatasetOptions.STANDARD.badFraction();

  @Mixin private GlobalOptions common = new GlobalOptions();

  DataPackCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    PackSettings settings = settings();
    DatasetOptions options = options();
    checkOutside();
    Map<String, Dataset> splits = Datasets.splits(source.path(), options);
    AtomicBoolean stopped = new AtomicBoolean();
    PackProgress progress = new PackProgress(terminal, common.flags(), stopped);
    Optional<PackRecord> record;
    int interrupted;
    try (Interrupts signals = new Interrupts(() -> stopped.set(true), GRACE)) {
      List<PackPart> parts = new ArrayList<>();
      splits.forEach((split, set) -> parts.add(new PackPart(split, set)));
      Packer.Effort effort = new Packer.Effort(source.threads(), badFraction);
      record =
          new Packer(parts, settings, effort, progress).pack(out, sourceName(), Version.number());
      interrupted = signals.exitCode();
    } finally {
      progress.erase();
      splits.values().forEach(Dataset::close);
    }
    if (record.isEmpty()) {
      if (terminal.results().readerIsGone()) {
        throw new ReaderGone();
      }
      terminal.note(
          "fovea data pack: interrupted at image "
              + Human.count(progress.seen())
              + " of "
              + Human.count(progress.total())
              + "; complete shards stay, and the same command goes on after them");
      return interrupted;
    }
    if (common.json) {
      terminal.result(json(record.get(), progress));
    } else {
      print(record.get(), progress);
    }
    return ExitCode.DONE;
  }

  /** A pack inside the data would be a part of it the next time. */
  private void checkOutside() {
    Path data = Path.of(source.path()).toAbsolutePath().normalize();
    if (out.toAbsolutePath().normalize().startsWith(data)) {
      throw new UsageException(
          "--out is "
              + out
              + ", which is inside the data "
              + source.path()
              + "; name another folder");
    }
  }

  private PackSettings settings() {
    try {
      return new PackSettings(
          side,
          interpolation,
          format,
          quality,
          ChromaSampling.parse(subsampling),
          seed,
          shardSize,
          source.options().limits());
    } catch (DataException e) {
      throw usage(e);
    }
  }

  private DatasetOptions options() {
    try {
      return source.options().withValFraction(0).withBadFraction(badFraction);
    } catch (DataException e) {
      throw usage(e);
    }
  }

  private UsageException usage(DataException e) {
    UsageException usage =
        new UsageException(
            SettingsAsFlags.translate(String.valueOf(e.getMessage()), common.flags()));
    usage.initCause(e);
    return usage;
  }

  /** The last part of the path, which is the same wherever the data lies. */
  private String sourceName() {
    Path name = Path.of(source.path()).toAbsolutePath().normalize().getFileName();
    return name == null ? source.path() : name.toString();
  }

  private void print(PackRecord record, PackProgress progress) {
    Table table = new Table("split", "images", "left out", "shards", "size");
    for (PackRecord.SplitRecord split : record.splits()) {
      table.row(
          split.name(),
          Human.count(split.images()),
          Human.count(split.unreadable()),
          Human.count(split.shards().size()),
          Human.bytes(split.shards().stream().mapToLong(PackRecord.ShardRecord::bytes).sum()));
    }
    terminal.resultText(table);
    int now = record.images() - progress.found();
    terminal.result(
        Human.visible(out.toString())
            + (now == 0
                ? ": complete already; every shard was checked"
                : ": packed "
                    + Human.count(now, "image")
                    + " in "
                    + Human.time(Duration.ofMillis((long) (1000 * progress.seconds())))
                    + ", "
                    + Human.digits(progress.rate())
                    + " per second"
                    + (progress.found() > 0
                        ? "; " + Human.count(progress.found()) + " were packed before"
                        : "")));
  }

  private Json json(PackRecord record, PackProgress progress) {
    return new Json()
        .put("pack", out)
        .put("source", record.source())
        .put("classes", record.classes())
        .put("images", record.images())
        .put("unreadable", record.unreadable())
        .put("packed_before", progress.found())
        .put("seconds", progress.seconds())
        .put("splits", record.splits().stream().map(DataPackCommand::json).toList());
  }

  private static Json json(PackRecord.SplitRecord split) {
    return new Json()
        .put("split", split.name())
        .put("images", split.images())
        .put("unreadable", split.unreadable())
        .put(
            "shards",
            split.shards().stream()
                .map(
                    s ->
                        new Json()
                            .put("file", s.file())
                            .put("images", s.images())
                            .put("bytes", s.bytes())
                            .put("sha256", s.sha256()))
                .toList());
  }
}
