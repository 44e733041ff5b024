// java -cp '<jars of event-ruler>/*' Bench.java DIR   aws/event-ruler on the rules and events that matching.ts left in DIR: CPU time
// of this thread per event, parsing of its JSON included (collector threads are not counted); heap of the rules.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import software.amazon.event.ruler.Machine;

public class Bench {
  static final int ROUNDS = 5;
  static final double WARM_UP_S = 4, ROUND_S = 0.4;

  public static void main(String[] args) throws Exception {
    List<String> rules = Files.readAllLines(Path.of(args[0], "rules.jsonl"));
    List<String> events = Files.readAllLines(Path.of(args[0], "events.jsonl"));
    ObjectMapper json = new ObjectMapper();
    double before = usedMegabytes();
    long started = System.nanoTime();
    Machine machine = new Machine();
    for (int k = 0; k < rules.size(); k++) {
      JsonNode rule = json.readTree(rules.get(k));
      machine.addRule("r" + k, rule.toString());
    }
    double buildMs = (System.nanoTime() - started) / 1e6;
    double megabytes = usedMegabytes() - before;

    long found = 0;
    for (String event : events) found += machine.rulesForJSONEvent(event).size();
    micros(machine, events, WARM_UP_S);
    double best = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) best = Math.min(best, micros(machine, events, ROUND_S));
    System.out.printf(
        Locale.ROOT,
        "{\"us_per_event\":%.2f,\"found_per_event\":%.3g,\"build_ms\":%.0f,\"heap_mb\":%.1f}%n",
        best, (double) found / events.size(), buildMs, megabytes);
  }

  /** Seconds of the thread, not of the clock: on a busy machine those are few, and the compiler needs events. */
  static double micros(Machine machine, List<String> events, double seconds) throws Exception {
    var threads = ManagementFactory.getThreadMXBean();
    long started = threads.getCurrentThreadCpuTime(), cpu = 0;
    int count = 0;
    while (cpu < seconds * 1e9) {
      for (int i = 0; i < 100; i++) machine.rulesForJSONEvent(events.get(count++ % events.size()));
      cpu = threads.getCurrentThreadCpuTime() - started;
    }
    return cpu / 1e3 / count;
  }

  static double usedMegabytes() throws InterruptedException {
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(60);
    }
    return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6;
  }
}
