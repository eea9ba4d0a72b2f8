package dev.fovea.bench.load;

import dev.fovea.bench.BenchException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Asks a server one question after the other, and keeps the answers as the right ones: under load
 * they must be the same to the last digit.
 */
public final class Questions {
  private final Connection connection;
  private final List<Question> learned = new ArrayList<>();

  private Questions(Connection connection) {
    this.connection = connection;
  }

  /** What is asked in which form. */
  public enum Form {
    /** {@code /v1/classify} with an encoded image. */
    CLASSIFY,
    /** The Open Inference Protocol with an encoded image, binary. */
    IMAGE,
    /** The Open Inference Protocol with normalized values, binary. */
    PIXELS,
    /** The Open Inference Protocol with normalized values in JSON. */
    NUMBERS
  }

  /**
   * A model and how it is asked.
   *
   * @param input the name of its input
   * @param side width and height of its input in pixels
   */
  public record Model(String name, String input, int side) {}

  /**
   * The right answers of a model to pictures.
   *
   * @throws BenchException if one is refused
   */
  public static List<Question> of(int port, Model model, Form form, List<byte[]> pictures) {
    try (Connection connection = new Connection(port)) {
      Questions questions = new Questions(connection);
      for (int i = 0; i < pictures.size(); i++) {
        String name = model.name() + ", " + form + " " + i;
        questions.learn(name, request(model, form, pictures.get(i), i));
      }
      return questions.learned;
    } catch (IOException e) {
      throw new BenchException("the server does not answer: " + e.getMessage(), e);
    }
  }

  /** A file that is no image, which must be refused with 400 and nothing else. */
  public static Question damaged(Model model, byte[] picture) {
    byte[] damaged = picture.clone();
    byte[] text = "this was a picture".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, damaged, 0, text.length);
    return new Question(
        model.name() + ", damaged", Question.classify(model.name(), damaged), 400, new byte[0]);
  }

  private static byte[] request(Model model, Form form, byte[] picture, int number) {
    return switch (form) {
      case CLASSIFY -> Question.classify(model.name(), picture);
      case IMAGE -> Question.inferImage(model.name(), model.input(), picture);
      case PIXELS ->
          Question.inferPixels(model.name(), model.input(), shape(model), values(model, number));
      case NUMBERS ->
          Question.inferNumbers(model.name(), model.input(), shape(model), values(model, number));
    };
  }

  private static String shape(Model model) {
    return "[1,3," + model.side() + "," + model.side() + "]";
  }

  /** A wave of its own for each number, about as large as normalized pixels are. */
  private static float[] values(Model model, int number) {
    float[] values = new float[3 * model.side() * model.side()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.37 * number + 0.011 * (number + 1) * i);
    }
    return values;
  }

  private void learn(String name, byte[] request) throws IOException {
    Answer answer = connection.ask(request);
    if (answer.status() != 200) {
      throw new BenchException(
          name + " was answered with " + answer.status() + ": " + answer.text());
    }
    learned.add(Question.learned(name, request, answer));
  }

  /**
   * Checks that no two questions have the same answer: otherwise an answer that went to the wrong
   * request would not be noticed.
   *
   * @throws BenchException if two have
   */
  public static void checkThatAnswersDiffer(List<Question> questions) {
    Set<String> seen = new HashSet<>();
    for (Question question : questions) {
      if (question.status() == 200
          && !seen.add(new String(question.numbers(), StandardCharsets.ISO_8859_1))) {
        throw new BenchException(
            question.name()
                + " has the same answer as another question; expected answers that show an"
                + " exchange");
      }
    }
  }
}
