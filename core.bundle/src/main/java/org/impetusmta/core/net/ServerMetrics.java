package org.impetusmta.core.net;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.function.Supplier;
import org.impetusmta.api.metrics.MetricSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Thread pools and memory, as {@code threads stats} and {@code memory} show them. Concurrent. */
@Component(service = MetricSource.class)
public final class ServerMetrics implements MetricSource {
  private final Supplier<List<WorkerPool>> pools;

  @Activate
  public ServerMetrics(@Reference NettyScheduler scheduler) {
    this(scheduler::workers);
  }

  ServerMetrics(Supplier<List<WorkerPool>> pools) {
    this.pools = pools;
  }

  @Override
  public void collect(Sink sink) {
    for (WorkerPool pool : pools.get()) {
      String name = pool.name();
      sink.gauge(
          "threadpool_running", "Jobs that run in a ThreadPool", pool.running(), "pool", name);
      sink.gauge(
          "threadpool_waiting", "Jobs that wait in a ThreadPool", pool.waiting(), "pool", name);
      sink.gauge(
          "threadpool_concurrency",
          "Jobs that may run at a time in a ThreadPool",
          pool.concurrency(),
          "pool",
          name);
      sink.counter(
          "threadpool_jobs",
          "Jobs that a ThreadPool has begun",
          pool.figures().invocations(),
          "pool",
          name);
    }
    sink.gauge(
        "threads",
        "Threads of the operating system",
        ManagementFactory.getThreadMXBean().getThreadCount());
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    sink.gauge("heap_used_bytes", "Heap in use, garbage included", heap.getUsed());
    sink.gauge("heap_max_bytes", "Heap that may be used", heap.getMax());
    ProcessMemory.resident()
        .ifPresent(octets -> sink.gauge("resident_memory_bytes", "Memory of the process", octets));
  }
}
