package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ReaderGone;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ImageLimit;
import dev.fovea.app.option.ModelPath;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.inspect.ContactSheet;
import dev.fovea.data.source.UnlabeledImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea data decode}: writes images as Fovea, or a model, sees them. */
@Command(
    name = "decode",
    header = "Writes images as PNG files, as Fovea decodes them.",
    description = {
      "",
      "Each image is written upright, in 8-bit RGB and without augmentation, as DIR/NAME.png, where"
          + " NAME is its file name without the suffix; further images of the same name become"
          + " NAME-2.png, NAME-3.png and so on. Folders, .zip and uncompressed .tar archives are"
          + " searched for images. Existing files are never overwritten. Images that cannot be read"
          + " or written are reported on standard error, the rest are still written, and the exit"
          + " code is 1."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class DataDecodeCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final Set<String> taken = new HashSet<>();

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE|DIR|ZIP|TAR",
      description = "Images, folders and archives.")
  private List<Path> paths = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write to; created if necessary.")
  private Path out = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "A model file or run folder: writes the input of its network, resized and cropped, before"
              + " normalization; grayscale if the network takes grayscale.")
  private @Nullable String model;

  @Mixin private ImageLimit limit = new ImageLimit();

  @Mixin private GlobalOptions common = new GlobalOptions();

  DataDecodeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Preprocessing preprocessing = model == null ? null : preprocessing(ModelPath.of(model));
    Files.createDirectories(out);
    int failures = 0;
    try (UnlabeledImages found = UnlabeledImages.of(paths, limit.limits())) {
      for (int i = 0; i < found.size(); i++) {
        if (terminal.results().readerIsGone()) {
          throw new ReaderGone();
        }
        try {
          Picture read = found.picture(i);
          Image image = preprocessing == null ? read.whole() : preprocessing.input(read);
          show(found.name(i), write(found.name(i), image), image);
        } catch (DataException | CommandException | IOException e) {
          failures++;
          fail(found.name(i), ErrorLine.of(e, common.flags()));
        }
      }
    }
    return failures == 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** As in a prediction. */
  private static Preprocessing preprocessing(Path file) {
    try (ModelFile opened = ModelFile.open(file)) {
      return opened.card().preprocessing().unscored();
    }
  }

  private Path write(String name, Image image) throws IOException {
    Path file = place(name);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new CommandException(
          name + ": not written, because " + file + " already exists; name another folder with -o");
    }
    WholeFile.write(file, ContactSheet.encode(image));
    return file;
  }

  /** An output path not yet used in this run, also on case-insensitive file systems. */
  private Path place(String name) {
    String base = name.substring(name.lastIndexOf('/') + 1);
    int dot = base.lastIndexOf('.');
    if (dot > 0) {
      base = base.substring(0, dot);
    }
    String free = base;
    for (int n = 2; !taken.add(free.toLowerCase(Locale.ROOT)); n++) {
      free = base + "-" + n;
    }
    try {
      return out.resolve(free + ".png");
    } catch (InvalidPathException e) {
      throw new CommandException(name + ": its name is not a valid file name: " + e.getReason());
    }
  }

  private void show(String name, Path file, Image image) {
    if (common.json) {
      terminal.result(
          new Json()
              .put("file", name)
              .put("output", file)
              .put("width", image.width())
              .put("height", image.height()));
    } else {
      terminal.result(
          Human.visible(name + ": " + file + ", " + image.width() + "x" + image.height()));
    }
  }

  private void fail(String name, String problem) {
    if (common.json) {
      terminal.result(new Json().put("file", name).put("error", problem));
    }
    terminal.note("fovea data decode: " + terminal.red("error:") + " " + problem);
  }
}
