using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Lr2vq.Compression;
using Lr2vq.Memory;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Steps that read and write more than they compute, against a copy of as many bytes and ONNX Runtime.</summary>
internal static class MemoryBench
{
    /// <summary>A row of the table. Ratio above 1: we are faster; OfCopy: the time of a copy of as many bytes ÷ ours. With several threads times are wall-clock
    /// times, and Scaling is our time on one thread ÷ ours.</summary>
    private sealed record Row(string Case, double OursMs, double GigaBytes, double OfCopy, double? OrtMs, double? Ratio, double? Scaling);

    public static int Run(BenchmarkOptions options)
    {
        var rows = new List<Row>();
        List<Program> programs = [.. MemoryCase.All.Where(c => options.Wants(c.Name)).Select(c => new Program(c, options.Threads))];
        // Most steps take microseconds: without this they would be timed before the JIT has done with them.
        Interleaved.Settle([.. programs.SelectMany(p => p.Actions)]);
        Console.WriteLine($"{"step",-34}{"ours ms",9}{"GB/s",8}{"of copy",9}{"ORT ms",9}{"ratio",7}{(options.Threads > 1 ? $"{"scaling",9}" : "")}");
        foreach (Program program in programs)
            using (program)
            {
                Row row = program.Measure(options.Rounds);
                Console.WriteLine($"{row.Case,-34}{row.OursMs,9:F4}{row.GigaBytes,8:F1}{row.OfCopy,9:P0}{row.OrtMs,9:F4}{row.Ratio,7:F2}{row.Scaling,9:F2}");
                rows.Add(row);
            }
        options.WriteJson(rows);
        return 0;
    }

    /// <summary>A case, loaded: what takes turns.</summary>
    private sealed unsafe class Program : IDisposable
    {
        private readonly MemoryCase _case;
        private readonly List<IDisposable> _owned = [];
        private readonly long _bytes;
        private readonly bool _several;

        public Program(MemoryCase one, int threads)
        {
            (_case, _several) = (one, threads > 1);
            byte[] onnx = one.Model();
            string path = ProductsBench.Write("memory " + one.Name, onnx);
            var ours = new PeersBench.Case(one.Name, path, new CompressionOptions { Preset = Preset.Lossless }, "", []);
            Action step = Ours(ours, path, threads, out _bytes);
            var memory = Owned(new NativeArena());
            nint from = (nint)memory.Allocate(_bytes), to = (nint)memory.Allocate(_bytes);
            // As many bytes as the step moves, half of them read and half written.
            nuint half = (nuint)(_bytes / 2);
            Actions.AddRange([step, () => NativeMemory.Copy((void*)from, (void*)to, half)]);
            Actions.Add(Owned(new OrtOracle(onnx, threads)).Prepare(one.Inputs));
            if (_several) Actions.Add(Ours(ours, path, 1, out _));
        }

        /// <summary>Our step, a copy, then ONNX Runtime if it is there, then our step on one thread if the first had several.</summary>
        public List<Action> Actions { get; } = [];

        public Row Measure(int rounds)
        {
            double[][] samples = Interleaved.Samples(rounds, _several, [.. Actions]);
            double ms = Interleaved.Median(samples[0]);
            // What both sides of a quotient meet in a round, it leaves out.
            double Times(int other) => Interleaved.Median([.. samples[0].Zip(samples[other], (ours, theirs) => theirs / ours)]);
            return new Row(_case.Name, ms, _bytes / ms / 1e6, Times(1), Interleaved.Median(samples[2]), Times(2),
                _several ? Times(samples.Length - 1) : null);
        }

        public void Dispose()
        {
            for (int i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
        }

        private Action Ours(PeersBench.Case ours, string path, int threads, out long bytes)
        {
            ModelSession session = Owned(Owned(PeersBench.Load(ours, path, threads)).CreateSession());
            for (int i = 0; i < _case.Inputs.Length; i++) session.SetInputBytes(i, _case.Inputs[i].Value.Bytes, _case.Inputs[i].Value.Shape);
            session.Run();
            bytes = _case.Inputs.Sum(i => i.Value.Bytes.LongLength);
            for (int o = 0; o < _case.Outputs.Length; o++) bytes += session.OutputBytes(o).Length;
            return _case.Blocked ? Owned(new BlockedStep(session, threads)).Run : session.Run;
        }

        private T Owned<T>(T resource) where T : IDisposable
        {
            _owned.Add(resource);
            return resource;
        }
    }
}
