package dev.fovea.data.source;

import dev.fovea.data.archive.GzippedTar;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.tensor.Decimals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The labels of ImageNet's validation images and the names of its synsets, from the files in which
 * they are distributed.
 *
 * <p>Labels: the development kit's {@code ILSVRC2012_validation_ground_truth.txt} (a number a line,
 * in the order of the images, which {@code meta.mat} of the kit maps to synsets), {@code val.txt}
 * (file and index into the sorted synsets, or file and synset), {@code LOC_val_solution.csv} (file
 * and boxes, the first of which names the synset), {@code
 * imagenet_2012_validation_synset_labels.txt} (a synset a line) and {@code valprep.sh} (commands
 * {@code mv FILE SYNSET/}). Names: {@code synset_words.txt}, {@code LOC_synset_mapping.txt}, {@code
 * imagenet_class_index.json} and {@code meta.mat}.
 */
final class ImageNetLabels {
  static final Pattern SYNSET = Pattern.compile("n[0-9]{8}");

  private static final String TRUTH = "ILSVRC2012_validation_ground_truth.txt";
  private static final String META = "meta.mat";
  private static final String KIT = "ILSVRC2012_devkit_t12";
  private static final int MOST_BYTES = 1 << 26;
  private static final Pattern NUMBERED = Pattern.compile(".*_val_([0-9]{8})");
  private static final Pattern MOVE =
      Pattern.compile("mv\\s+(\\S+)\\s+(?:\\S*/)?(n[0-9]{8})/?\\s*");

  /** Files with labels of the validation images, the preferred one first. */
  private static final List<String> LABELS =
      List.of(
          "LOC_val_solution.csv",
          "imagenet_2012_validation_synset_labels.txt",
          "val.txt",
          "val_map.txt",
          "ILSVRC2012_val.txt",
          "valprep.sh",
          TRUTH);

  private static final List<String> WORDS =
      List.of("synset_words.txt", "LOC_synset_mapping.txt", "synsets.txt");

  private static final String WAY_OUT =
      "; expected one of ILSVRC2012_devkit_t12.tar.gz, LOC_val_solution.csv, val.txt,"
          + " imagenet_2012_validation_synset_labels.txt or valprep.sh beside the archives; add"
          + " one, or name it by data.labels";

  private final Path folder;

  /** The synset of each ILSVRC number, and what people call it, from {@code meta.mat}. */
  private final Map<Integer, String> numbered = new TreeMap<>();

  private final Map<String, String> names = new HashMap<>();
  private byte @Nullable [] truth;

  /** Reads what the folder of the archives has, except the labels. */
  ImageNetLabels(Path folder) {
    this.folder = folder;
    byte[] meta = null;
    for (Path place : List.of(folder, folder.resolve(KIT + "/data"), folder.resolve("data"))) {
      meta = meta == null ? content(place.resolve(META)) : meta;
      truth = truth == null ? content(place.resolve(TRUTH)) : truth;
    }
    Path kit = folder.resolve(KIT + ".tar.gz");
    if ((meta == null || truth == null) && Files.isRegularFile(kit)) {
      Map<String, byte[]> members = kit(kit);
      meta = meta == null ? members.get(META) : meta;
      truth = truth == null ? members.get(TRUTH) : truth;
    }
    if (meta != null) {
      readMeta(meta);
    }
    for (String file : WORDS) {
      readWords(folder.resolve(file));
    }
    Path index = folder.resolve("imagenet_class_index.json");
    byte[] json = content(index);
    if (json != null) {
      ClassNamesJson.synsets(index, new String(json, StandardCharsets.UTF_8))
          .forEach(names::putIfAbsent);
    }
  }

  private static Map<String, byte[]> kit(Path kit) {
    try {
      return GzippedTar.members(kit, Set.of(META, TRUTH), MOST_BYTES);
    } catch (IOException e) {
      throw new DataException(
          "cannot read "
              + kit
              + ": "
              + IoReason.of(e)
              + "; expected ImageNet's development kit; download it again",
          e);
    }
  }

  private static byte @Nullable [] content(Path file) {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new DataException(file + " is longer than " + MOST_BYTES + " bytes; check the file");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException(
          "cannot read " + file + ": " + IoReason.of(e) + "; check its permissions", e);
    }
  }

  private void readMeta(byte[] meta) {
    try {
      for (Map<String, Object> synset : MatFile.structs(meta, "synsets")) {
        Object id = synset.get("ILSVRC2012_ID");
        Object children = synset.get("num_children");
        boolean leaf = children instanceof double[] c && c.length == 1 && c[0] == 0;
        if (leaf
            && id instanceof double[] n
            && n.length == 1
            && synset.get("WNID") instanceof String w) {
          numbered.put((int) n[0], w);
          if (synset.get("words") instanceof String words) {
            names.put(w, words);
          }
        }
      }
    } catch (IOException e) {
      throw new DataException(
          "cannot read meta.mat of ImageNet's development kit in "
              + folder
              + ": "
              + e.getMessage()
              + "; expected the file of ILSVRC2012_devkit_t12.tar.gz; copy it again",
          e);
    }
  }

  /** Lines of a synset and its words, or of a synset alone. */
  private void readWords(Path file) {
    byte[] bytes = content(file);
    if (bytes == null) {
      return;
    }
    new String(bytes, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(l -> l.length() >= 9 && SYNSET.matcher(l.substring(0, 9)).matches())
        .forEach(
            l -> {
              String words = l.substring(9).strip();
              names.merge(l.substring(0, 9), words, (a, b) -> b.isEmpty() ? a : b);
            });
  }

  /** All synsets that the files beside the archives list, sorted; empty if there is no list. */
  Set<String> synsets() {
    Set<String> all = new TreeSet<>(names.keySet());
    all.addAll(numbered.values());
    return all;
  }

  /** What people call a synset, the first of its words; the synset itself if that is unknown. */
  String name(String synset) {
    String words = names.getOrDefault(synset, "");
    int comma = words.indexOf(',');
    String first = (comma < 0 ? words : words.substring(0, comma)).strip();
    return first.isEmpty() ? synset : first;
  }

  /**
   * The synsets of images by their names.
   *
   * @param images names of the validation images, without their folders
   * @param given a file to take in place of those beside the archives
   * @param classes synsets in label order, for files that count them; empty for the listed ones
   * @throws DataException if no file has labels, or they do not fit the images
   */
  List<String> ofValidation(List<String> images, Optional<Path> given, List<String> classes) {
    List<Integer> numbers = images.stream().map(n -> number(n).orElse(-1)).toList();
    int at = numbers.indexOf(-1);
    if (at >= 0) {
      throw new DataException(
          "the validation image "
              + images.get(at)
              + " in "
              + folder
              + " has no number; expected names such as ILSVRC2012_val_00000001.JPEG; use the"
              + " archive as it is distributed");
    }
    Truth found = truth(given);
    Map<Integer, String> labels = found.parse(classes.isEmpty() ? List.copyOf(synsets()) : classes);
    if (found.inOrder && labels.size() != images.size()) {
      throw new DataException(
          found.where
              + " has "
              + Decimals.count(labels.size(), "label")
              + " for "
              + images.size()
              + " validation images; expected one for each; copy both files again");
    }
    List<String> result = new ArrayList<>();
    for (int k = 0; k < images.size(); k++) {
      String label = labels.get(numbers.get(k));
      if (label == null) {
        throw new DataException(
            found.where
                + " has no label of the validation image "
                + images.get(k)
                + "; expected one for each; copy it again");
      }
      result.add(label);
    }
    return result;
  }

  private static OptionalInt number(String image) {
    String stem = image.substring(image.lastIndexOf('/') + 1).replaceFirst("\\.[A-Za-z]+$", "");
    Matcher m = NUMBERED.matcher(stem);
    return m.matches() ? OptionalInt.of(Integer.parseInt(m.group(1))) : OptionalInt.empty();
  }

  private Truth truth(Optional<Path> given) {
    if (given.isPresent()) {
      byte[] bytes = content(given.get());
      if (bytes == null) {
        throw new DataException(
            "the labels file "
                + given.get()
                + " does not exist; expected the labels of ImageNet's validation images; check"
                + " data.labels");
      }
      return new Truth(given.get().toString(), bytes);
    }
    for (String name : LABELS) {
      byte[] bytes = name.equals(TRUTH) ? truth : content(folder.resolve(name));
      if (bytes != null) {
        return new Truth(name.equals(TRUTH) ? TRUTH : folder.resolve(name).toString(), bytes);
      }
    }
    throw new DataException("there are no labels of the validation images in " + folder + WAY_OUT);
  }

  /** A file of labels. */
  private final class Truth {
    private final String where;
    private final String text;
    private boolean inOrder;

    Truth(String where, byte[] bytes) {
      this.where = where;
      this.text = new String(bytes, StandardCharsets.UTF_8);
    }

    /** Synsets by the number of the image. */
    Map<Integer, String> parse(List<String> sorted) {
      Map<Integer, String> labels = new LinkedHashMap<>();
      int line = 0;
      int count = 0;
      for (String l : text.lines().map(String::strip).toList()) {
        line++;
        Matcher move = MOVE.matcher(l);
        String[] words =
            move.matches() ? new String[] {move.group(1), move.group(2)} : l.split("[,\\s]+");
        boolean passed =
            l.isEmpty() || l.startsWith("#") || l.startsWith("mkdir") || words[0].equals("ImageId");
        if (passed) {
          continue;
        }
        if (words.length == 1) {
          inOrder = true;
          labels.put(++count, alone(words[0], line));
        } else {
          int at = line;
          int number =
              number(words[0])
                  .orElseThrow(
                      () -> wrong(at, "'" + words[0] + "' is no validation image", "FILE LABEL"));
          if (labels.put(number, beside(words[1], line, sorted)) != null) {
            throw wrong(line, "the image " + words[0] + " has a label before", "one label each");
          }
        }
      }
      return labels;
    }

    private String alone(String word, int line) {
      if (SYNSET.matcher(word).matches()) {
        return word;
      }
      if (!word.matches("[0-9]{1,4}")) {
        throw wrong(line, "'" + word + "' is neither a synset nor a number", "n01440764 or 490");
      }
      if (numbered.isEmpty()) {
        throw new DataException(
            where
                + " has numbers of ILSVRC2012, whose synsets are in meta.mat of the development"
                + " kit, which is missing; expected ILSVRC2012_devkit_t12.tar.gz, or its meta.mat,"
                + " beside the archives; add it, or labels in another form: LOC_val_solution.csv,"
                + " val.txt or imagenet_2012_validation_synset_labels.txt");
      }
      String synset = numbered.get(Integer.parseInt(word));
      if (synset == null) {
        throw wrong(line, "meta.mat has no synset of number " + word, "1 to " + numbered.size());
      }
      return synset;
    }

    private String beside(String word, int line, List<String> sorted) {
      if (SYNSET.matcher(word).matches()) {
        return word;
      }
      if (!word.matches("[0-9]{1,4}")) {
        throw wrong(line, "'" + word + "' is neither a synset nor a number", "n01440764 or 65");
      }
      if (sorted.isEmpty()) {
        throw new DataException(
            where
                + " has indices of synsets, but no file lists these; expected the archive of the"
                + " training images, synset_words.txt or LOC_synset_mapping.txt beside it; add"
                + " one");
      }
      int index = Integer.parseInt(word);
      if (index >= sorted.size()) {
        throw wrong(
            line,
            "there is no class " + index + " of " + sorted.size() + ", counted from 0",
            "indices into the sorted synsets");
      }
      return sorted.get(index);
    }

    private DataException wrong(int line, String what, String expected) {
      return new DataException(
          where
              + ", line "
              + line
              + ": "
              + what
              + "; expected "
              + expected
              + "; use the file as it is distributed");
    }
  }
}
