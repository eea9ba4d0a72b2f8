package dev.fovea.app.guide;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fenced block of a guide.
 *
 * <p>Comments {@code <!-- test: ... -->} directly above a block say how the test treats it:
 *
 * <ul>
 *   <li>{@code numbers differ}: the figures are those of one run, and only their places count
 *   <li>{@code stopped after epoch N}: the training is stopped then, as by Ctrl-C
 *   <li>{@code exit code N}: what the commands end with
 *   <li>{@code not run: REASON}: the block cannot be run here
 *   <li>{@code left running}: the command goes on beside those that follow
 * </ul>
 *
 * @param at the guide and the line of its fence
 * @param language the word behind the fence
 * @param remarks the texts of the comments
 * @param lines what stands in it
 */
record GuideBlock(String at, String language, List<String> remarks, List<String> lines) {
  private static final Pattern REMARK = Pattern.compile("<!-- test: (.*) -->");
  private static final Pattern FENCE = Pattern.compile("\\s*```(.*)");
  private static final List<Pattern> REMARKS =
      List.of(
          Pattern.compile("numbers differ"),
          Pattern.compile("stopped after epoch (\\d+)"),
          Pattern.compile("exit code (\\d+)"),
          Pattern.compile("not run: (.{20,})"),
          Pattern.compile("left running"));

  GuideBlock {
    for (String remark : remarks) {
      if (REMARKS.stream().noneMatch(p -> p.matcher(remark).matches())) {
        throw new AssertionError(at + ": the test knows no remark '" + remark + "'");
      }
    }
  }

  /** All blocks of a page, in their order. */
  static List<GuideBlock> of(String page, String text) {
    List<GuideBlock> blocks = new ArrayList<>();
    List<String> lines = text.lines().toList();
    List<String> remarks = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher remark = REMARK.matcher(lines.get(i));
      Matcher fence = FENCE.matcher(lines.get(i));
      if (remark.matches()) {
        remarks.add(remark.group(1));
      } else if (fence.matches()) {
        String at = page + ":" + (i + 1);
        List<String> inside = new ArrayList<>();
        for (i++; i < lines.size() && !lines.get(i).strip().equals("```"); i++) {
          inside.add(lines.get(i));
        }
        if (i == lines.size()) {
          throw new AssertionError(at + ": the block has no end");
        }
        blocks.add(
            new GuideBlock(at, fence.group(1).strip(), List.copyOf(remarks), List.copyOf(inside)));
        remarks.clear();
      } else if (!remarks.isEmpty()) {
        throw new AssertionError(page + ":" + (i + 1) + ": a remark without a block under it");
      }
    }
    return blocks;
  }

  /** A command with what the guide shows below it. */
  record Step(String command, List<String> output) {}

  /** The commands of a {@code console} block: what follows {@code $}, and the lines below it. */
  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    List<String> output = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("$ ")) {
        StringBuilder command = new StringBuilder(lines.get(i).substring(2));
        while (command.toString().endsWith("\\")) {
          i++;
          command.append('\n').append(lines.get(i));
        }
        output = new ArrayList<>();
        steps.add(new Step(command.toString(), output));
      } else if (steps.isEmpty()) {
        throw new AssertionError(at + ": a console block begins with a command, '$ ...'");
      } else {
        output.add(lines.get(i));
      }
    }
    return steps;
  }

  String text() {
    return String.join("\n", lines) + "\n";
  }

  boolean numbersDiffer() {
    return remark(0).isPresent();
  }

  /** The line after which the command is stopped: the row of an epoch. */
  Optional<Pattern> stoppedAfter() {
    return remark(1).map(epoch -> Pattern.compile("\\s*" + epoch + "\\s+\\d+\\.\\d+ .*"));
  }

  int exitCode() {
    return remark(2).map(Integer::parseInt).orElse(0);
  }

  Optional<String> reasonNotToRun() {
    return remark(3);
  }

  boolean leftRunning() {
    return remark(4).isPresent();
  }

  private Optional<String> remark(int kind) {
    for (String remark : remarks) {
      Matcher m = REMARKS.get(kind).matcher(remark);
      if (m.matches()) {
        return Optional.of(m.groupCount() == 0 ? "" : m.group(1));
      }
    }
    return Optional.empty();
  }
}
