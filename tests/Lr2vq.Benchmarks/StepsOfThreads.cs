using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Lr2vq.Kernels;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>What several threads make of each step: wall-clock time on one thread, that of the shares of several threads done by one (above it: what dividing adds),
/// and on several threads.</summary>
internal static class StepsOfThreads
{
    /// <summary>The machine is seldom quiet: that part of the rounds is better.</summary>
    private const double Quantile = 0.1;

    public static void Run(PeersBench.Case one, string path, BenchmarkOptions options)
    {
        using PlanRunner single = PeersBench.Load(one, path), several = PeersBench.Load(one, path, options.Threads);
        Program alone = new(single, one.Shape, options.Rounds), divided = new(several, one.Shape, options.Rounds), together = new(several, one.Shape, options.Rounds);
        Interleaved.Settle(() => alone.Run(-1), () => together.Run(-1));
        int limit = ThreadBudget.Limit;
        for (int round = 0; round < options.Rounds; round++)
        {
            alone.Run(round);
            ThreadBudget.Limit = 1;
            divided.Run(round);
            ThreadBudget.Limit = limit;
            TwoCores.Measure(() => together.Run(round));
        }
        Console.WriteLine($"{one.Name}, {options.Threads} threads");
        Console.WriteLine($"{"step",-18}{"alone",8}{"divided",9}{"together",10}{"scaling",9}{"lost",8}");
        double[] sums = new double[3];
        for (int i = 0; i < alone.Times.Length; i++)
        {
            double[] ms = [alone.Of(i), divided.Of(i), together.Of(i)];
            for (int k = 0; k < 3; k++) sums[k] += ms[k];
            if (ms[0] > 0.002) Write($"{i + 1,4} {single.Network.Steps[i].Plan.Operator}", ms, alone.Shapes[i]);
        }
        Write("total", sums, "");

        void Write(string name, double[] ms, string shapes) =>
            Console.WriteLine($"{name,-18}{ms[0],8:F3}{ms[1],9:F3}{ms[2],10:F3}{ms[0] / ms[2],9:F2}{ms[2] - ms[0] / options.Threads,8:F3}  {shapes}");
    }

    /// <summary>A session whose steps are timed.</summary>
    private sealed class Program
    {
        private readonly ModelSession _session;
        private readonly int[] _shape;
        private readonly float[] _values;
        private long _last;
        private int _round;

        public Program(PlanRunner model, int[] shape, int rounds)
        {
            _session = model.CreateSession();
            _shape = shape;
            _values = new float[shape.Aggregate(1, (a, b) => a * b)];
            Times = [.. model.Network.Steps.Select(_ => new double[rounds])];
            Shapes = new string[Times.Length];
            _session.Observer = new SeenSteps((number, inputs, outputs) =>
            {
                if (_round >= 0) Times[number - 1][_round] = Stopwatch.GetElapsedTime(_last).TotalMilliseconds;
                else Shapes[number - 1] ??= $"[{string.Join(',', inputs[0].Shape)}] to [{string.Join(',', outputs[0].Shape)}]";
                _last = Stopwatch.GetTimestamp();
            });
        }

        public double[][] Times { get; }

        public string[] Shapes { get; }

        public double Of(int step) => Times[step].Order().ElementAt((int)(Times[step].Length * Quantile));

        /// <summary>Runs twice, so that caches hold what they hold between calls, and times the second.</summary>
        public void Run(int round)
        {
            _round = -1;
            for (int call = 0; call < 2; call++)
            {
                _session.SetInput<float>(0, _values, _shape);
                if (call == 1) _round = round;
                _last = Stopwatch.GetTimestamp();
                _session.Run();
            }
        }
    }
}
