package dev.fovea.study.ledger;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.data.image.IoReason;
import dev.fovea.study.Scale;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What runs of studies found, oldest first: a file with one {@link StudyRecord} per line, to which
 * lines are only ever added.
 */
public final class StudyRecords {
  private static final String RESOURCE = "studies.jsonl";

  private final List<StudyRecord> records;

  /** Creates a list of records. */
  public StudyRecords(List<StudyRecord> records) {
    this.records = List.copyOf(records);
  }

  /** Returns the records that come with Fovea. */
  public static StudyRecords bundled() {
    try (InputStream in = StudyRecords.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(
            RESOURCE + " is missing from the jar, which is incomplete; build it again");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), RESOURCE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a file of records.
   *
   * @throws CheckpointException if it cannot be read
   */
  public static StudyRecords of(Path file) {
    return parse(text(file), file.toString());
  }

  private static StudyRecords parse(String text, String where) {
    List<StudyRecord> records = new ArrayList<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        records.add(StudyRecord.parse(lines.get(i), where + ": line " + (i + 1)));
      }
    }
    return new StudyRecords(records);
  }

  /**
   * Adds the result of a finished study to a file of records, which is created if necessary. A
   * result that is already there is not added again.
   *
   * @param run the folder of the study
   * @return the result
   * @throws CheckpointException if either cannot be read, or the file cannot be written
   */
  public static StudyRecord add(Path run, Path file) {
    Path result = run.resolve("result.json");
    StudyRecord record = StudyRecord.ofResult(text(result), result.toString());
    String before = Files.exists(file) ? text(file) : "";
    if (!parse(before, file.toString()).records.contains(record)) {
      String separator = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
      AtomicFile.write(file, before + separator + record.toJson() + "\n");
    }
    return record;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw CheckpointException.of(file, "cannot be read: " + IoReason.of(e), e);
    }
  }

  /** Returns all records in the order of the file. */
  public List<StudyRecord> all() {
    return records;
  }

  /**
   * Returns the record of a study that counts for a check: the latest at full scale, otherwise the
   * latest. Empty if the study has not been run since it measures what the check counts.
   */
  public Optional<StudyRecord> last(Check.ByStudy check) {
    Comparator<StudyRecord> full = Comparator.comparing(r -> r.scale() == Scale.FULL);
    // Of equal dates the later line counts.
    return records.stream()
        .filter(r -> r.study().equals(check.study()) && r.measures(check))
        .max(full.thenComparing(StudyRecord::date).thenComparing(records::lastIndexOf));
  }
}
