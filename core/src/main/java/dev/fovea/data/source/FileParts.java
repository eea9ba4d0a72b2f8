package dev.fovea.data.source;

import dev.fovea.data.archive.Source;
import dev.fovea.data.decode.DecodeLimits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** The splits of a tree of files. */
record FileParts(Source source, ClassLayout layout, DecodeLimits limits) implements Parts {
  @Override
  public String description() {
    return source.description();
  }

  @Override
  public Set<String> splits() {
    return layout.splits().keySet();
  }

  @Override
  public Dataset open(String description, Collection<String> chosen) {
    List<ClassLayout.Item> items = new ArrayList<>();
    chosen.forEach(s -> items.addAll(layout.splits().getOrDefault(s, List.of())));
    return new FileDataset(source, description, layout, items, limits);
  }

  @Override
  public String advice(Split split) {
    return "only "
        + (splits().contains("") ? "class folders" : String.join(", ", splits()))
        + "; expected a folder "
        + String.join("/ or ", split.folders().stream().limit(2).toList())
        + (split == Split.TRAIN
            ? "/ with class folders; add it, or rename one of these to it"
            : "/, or a validation fraction above 0 to hold out a part; add it or set the"
                + " fraction");
  }

  @Override
  public void checkTrainable() {
    layout.withSeveralClasses(source.description());
  }

  @Override
  public void close() {
    source.close();
  }
}
