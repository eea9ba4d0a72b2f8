package dev.fovea.app.explanation;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.report.ExplainPage;
import dev.fovea.app.report.ExplainReport;
import dev.fovea.app.report.ExplainReport.Explained;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one call: {@code index.html} and further pages, overlays and maps of every image,
 * and {@code explanations.jsonl}.
 *
 * <p>It is valid at any time: each file is written whole, and pages are written again while images
 * are added, so that whoever stops the call keeps what was finished. An existing folder is used
 * only if it is empty.
 */
public final class ExplanationFolder {
  /** Images on a page. */
  static final int ON_PAGE = 50;

  /** The results as JSON, a line for each image and method. */
  static final String LINES = "explanations.jsonl";

  private static final String PREFIX = "explain-";

  /** Bytes of a name, so that any ending fits into the 255 of a file system. */
  private static final int LONGEST = 160;

  private static final Duration BETWEEN_WRITES = Duration.ofSeconds(2);

  private final Path folder;
  private final Supplier<ExplainReport> report;
  private final Duration between;
  private final boolean ours;
  private final Set<String> taken = new HashSet<>();
  private final List<String> first = new ArrayList<>();
  private List<String> current = first;
  private int page = 1;
  private long lastWritten;

  private ExplanationFolder(
      Path folder, Supplier<ExplainReport> report, Duration between, boolean ours) {
    this.folder = folder;
    this.report = report;
    this.between = between;
    this.ours = ours;
    this.lastWritten = System.nanoTime() - between.toNanos();
  }

  /**
   * Creates the folder.
   *
   * @param wanted by the user; without it, a free name is made from that of the images
   * @param images the first path that the user gave
   * @param report what concerns all images, asked for whenever the first page is written
   * @throws UsageException if the wanted folder holds something
   */
  public static ExplanationFolder create(
      @Nullable Path wanted, Path images, Supplier<ExplainReport> report) throws IOException {
    return create(wanted, images, report, BETWEEN_WRITES);
  }

  /** Does the same, with the shortest time between two writings of a page. */
  static ExplanationFolder create(
      @Nullable Path wanted, Path images, Supplier<ExplainReport> report, Duration between)
      throws IOException {
    if (wanted == null) {
      return new ExplanationFolder(free(images), report, between, true);
    }
    if (Files.exists(wanted) && !Files.isDirectory(wanted)) {
      throw new UsageException("--out: " + wanted + " is a file; name a folder");
    }
    boolean exists = Files.isDirectory(wanted);
    if (exists) {
      try (Stream<Path> inside = Files.list(wanted)) {
        if (inside.findAny().isPresent()) {
          throw new UsageException(
              "--out: the folder " + wanted + " is not empty; choose another name");
        }
      }
    }
    Files.createDirectories(wanted);
    return new ExplanationFolder(wanted, report, between, !exists);
  }

  private static Path free(Path images) throws IOException {
    Path last = images.toAbsolutePath().normalize().getFileName();
    String name = PREFIX + (last == null ? "images" : stem(last.toString()));
    for (int n = 1; ; n++) {
      try {
        return Files.createDirectory(Path.of(n == 1 ? name : name + "-" + n));
      } catch (FileAlreadyExistsException e) {
        if (n == 10_000) {
          throw new CommandException(
              "there are " + n + " folders " + name + "-N already; name another with --out", e);
        }
      }
    }
  }

  /** Where everything is written. */
  public Path path() {
    return folder;
  }

  /** The first page. */
  public Path index() {
    return folder.resolve(ExplainPage.file(1));
  }

  /**
   * The beginning of the names of an image's files: its own name without folder and suffix, with a
   * number where that was taken, and without characters that a file system or a shell minds.
   */
  public String place(String image) {
    // A dot separates the name from what the file is: x.grad-cam.png must not be an image's own.
    String base = stem(image.substring(image.lastIndexOf('/') + 1)).replace('.', '_');
    String free = base;
    for (int n = 2; !taken.add(free.toLowerCase(Locale.ROOT)); n++) {
      free = base + "-" + n;
    }
    return free;
  }

  private static String stem(String name) {
    int dot = name.lastIndexOf('.');
    String base = dot > 0 ? name.substring(0, dot) : name;
    StringBuilder out = new StringBuilder();
    int bytes = 0;
    for (int c : base.codePoints().toArray()) {
      boolean plain = Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.' || c == '+';
      String next = plain ? Character.toString(c) : "_";
      bytes += next.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > LONGEST) {
        break;
      }
      out.append(next);
    }
    String text = out.toString();
    return text.isEmpty() || text.startsWith(".") ? "image" + text : text;
  }

  /** Writes a file of an image and returns its path. */
  public Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    WholeFile.write(file, content);
    return file;
  }

  /** Adds a line of JSON to the results. */
  public void addLine(String json) throws IOException {
    Files.writeString(
        folder.resolve(LINES), json + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Adds an image to the pages, which are written now and then. */
  public void add(Explained image) throws IOException {
    if (current.size() == ON_PAGE) {
      // It has none yet that leads on, however lately it was written.
      writePage(true);
      page++;
      current = new ArrayList<>();
    }
    current.add(ExplainPage.section(image));
    if (System.nanoTime() - lastWritten >= between.toNanos()) {
      writePage(false);
    }
  }

  /**
   * Writes the pages with all that was added. A folder of its own making is removed if nothing was
   * added.
   */
  public void finish() throws IOException {
    if (first.isEmpty()) {
      Files.deleteIfExists(folder.resolve(LINES));
      try (Stream<Path> inside = Files.list(folder)) {
        if (ours && inside.findAny().isEmpty()) {
          Files.delete(folder);
        }
      }
      return;
    }
    writePage(false);
    if (page > 1) {
      WholeFile.write(index(), ExplainPage.html(report.get(), first, 1, page));
    }
  }

  private void writePage(boolean more) throws IOException {
    int pages = more ? page + 1 : page;
    WholeFile.write(
        folder.resolve(ExplainPage.file(page)),
        ExplainPage.html(report.get(), current, page, pages));
    lastWritten = System.nanoTime();
  }
}
