using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Operators;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Sessions;

namespace Lr2vq.Evaluation;

/// <summary>Runs the original and the compressed network on generated inputs and compares their outputs.</summary>
/// <remarks>What it measures decides bytes, so it has to be the same everywhere: networks run with at most 256 bits and give the same for any number of
/// threads (<see cref="EvaluationNetwork"/>), how much is run follows from the Plan and not from a clock, and what is handed out is rounded to two digits.</remarks>
internal sealed class OutputGate : IOutputGate, IDisposable
{
    /// <summary>Change of an output, ‖a − b‖ ÷ ‖a‖, up to which it counts as kept.</summary>
    public const double Limit = 0.03;

    /// <summary>The same for pictures, which people look at: about 40 dB.</summary>
    public const double PictureLimit = 0.015;

    /// <summary>The same for networks of features alone, which are small and whose numbers are the answer.</summary>
    public const double FeatureLimit = 0.02;

    private const int FewestSamples = 3, MostSamples = 8, MostTrials = 3;
    /// <summary>Multiplications that a measurement may take, and trials of single tensors: as much as wanted, and at most.</summary>
    private const double WorkOfSamples = 24e9, WorkOfTrials = 120e9, MostWorkOfTrials = 480e9;
    /// <summary>Bytes of all values of a run.</summary>
    private const long MostKept = 1L << 30;
    private const double SameForAll = 0.15, MuchMore = 3;

    private readonly PlannedNetwork _network;
    private readonly EvaluationNetwork _original;
    private readonly int _threads;
    private readonly double? _limit;
    private readonly bool _takesFeatures;
    private readonly Cancel _cancel;
    private readonly OutputKind[] _kinds;
    private readonly List<InputSample> _samples = [];
    private readonly List<NpyFile[]> _outputs = [];
    private double[] _usual = [];
    private double _bytesOfRun;

    private OutputGate(PlannedNetwork network, EvaluationNetwork original, CompressionOptions options, CancellationToken cancellation)
    {
        (_network, _original, _threads, _cancel) = (network, original, options.Threads, new Cancel(network.Plan, cancellation));
        _takesFeatures = network.Plan.Inputs.All(input => input.Type == ElementType.Float32 && input.Shape is [_] or [_, { IsConstant: true, Value: < GeneratedInputs.ShortestSound }]);
        // MaxError is a relative error, which is squared.
        if (options.MaxError is { } error) _limit = Math.Sqrt(error);
        _kinds = [.. network.Plan.Outputs.Select(output => OutputKinds.Of(network.Plan, output))];
    }

    /// <summary>Shapes of the inputs, for people.</summary>
    public string Shapes { get; private set; } = "";

    public int Samples => _samples.Count;

    /// <summary>Makes inputs that the network accepts, and its outputs for them.</summary>
    /// <param name="network">The network; its model stays open.</param>
    /// <param name="options">The same seed gives the same inputs.</param>
    /// <param name="problem">Why there is no gate.</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <returns>Null if no inputs were found.</returns>
    public static OutputGate? TryMake(PlannedNetwork network, CompressionOptions options, out string problem, CancellationToken cancellation)
    {
        problem = "it has no output";
        if (network.Plan.Outputs.Count == 0) return null;
        EvaluationNetwork? original = null;
        OutputGate? gate = null;
        try
        {
            original = EvaluationNetwork.Original(network, options.Threads);
            gate = new OutputGate(network, original, options, cancellation);
            problem = gate.Fill(options.Seed);
            if (problem.Length == 0) return gate;
        }
        catch (InvalidArtifactException refused)
        {
            problem = refused.Diagnostic.Text;
        }
        catch (OperationCanceledException)
        {
            original?.Dispose();
            throw;
        }
        original?.Dispose();
        return null;
    }

    public IReadOnlyList<OutputChange> Unmeasured => [.. _network.Plan.Outputs.Select((output, i) =>
        Compare(i, []).Result with { Mean = 0, Divergence = HasClasses(i) ? 0 : null, Agreement = HasClasses(i) || _kinds[i] == OutputKind.Discrete ? 0 : null })];

    public OutputMeasure Measure(IReadOnlyList<EncodedTensor> tensors)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(_network.Plan, tensors, _threads);
        NpyFile[][] outputs = [.. _samples.Select(sample => network.Run(sample, _cancel))];
        OutputComparison[] compared = [.. _kinds.Select((_, i) => Compare(i, outputs))];
        return new OutputMeasure([.. compared.Select(c => c.Result)], [.. compared.Select((c, i) => Rounded(c.Judged / LimitOf(i)))], [.. _kinds.Select((_, i) => LimitOf(i))]);
    }

    public double[]? MeasureAlone(IReadOnlyList<int> tensors, IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded)
    {
        (int Tensor, int Weight)[] trials = [.. tensors.SelectMany((_, t) => readers[t].Select(w => (t, w)))];
        (int, EncodedTensor)[] others = [.. trials.Select(trial => (trial.Weight, encoded[trial.Weight]))];
        double work = trials.Sum(trial => _cancel.WorkFrom(_original.FirstReader(trial.Weight)));
        if (work > MostWorkOfTrials || _bytesOfRun > MostKept) return null;
        int samples = (int)Math.Clamp(WorkOfTrials / Math.Max(1, work), 1, Math.Min(MostTrials, _samples.Count));
        double[] changes = new double[tensors.Count];
        for (int s = 0; s < samples; s++)
        {
            NpyFile[] original = _original.RunKept(_samples[s], _cancel);
            foreach ((int trial, NpyFile[] outputs) in _original.RunWithEach(others, _cancel))
            {
                double most = 0;
                for (int o = 0; o < outputs.Length; o++)
                {
                    var comparison = new OutputComparison("", _kinds[o]);
                    comparison.Add(original[o], outputs[o], _usual[o]);
                    most = Math.Max(most, comparison.Judged / LimitOf(o));
                }
                changes[trials[trial].Tensor] += most * most / samples;
            }
        }
        _original.Forget();
        return [.. changes.Select(Rounded)];
    }

    public void Dispose() => _original.Dispose();

    /// <summary>Two digits: what is far more than two instruction sets or machines can differ by.</summary>
    internal static double Rounded(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return value;
        double scale = Math.Pow(10, 1 - Math.Floor(Math.Log10(Math.Abs(value))));
        return Math.Round(value * scale) / scale;
    }

    private double LimitOf(int output) => _limit ?? (_kinds[output] == OutputKind.Picture ? PictureLimit : _takesFeatures ? FeatureLimit : Limit);

    private bool HasClasses(int output) => _kinds[output] != OutputKind.Discrete && _outputs.Count > 0 && _outputs[0][output].Shape is [.., > 1] and { Length: 1 or 2 };

    /// <returns>Why there are no samples; empty if there are.</returns>
    private string Fill(int seed)
    {
        string refusal = "no lengths were found for its symbolic dimensions";
        foreach (int[][] shapes in SampleShapes.Of(_network.Plan))
            for (int plain = 0; plain <= 3; plain++)
            {
                _cancel.Token.ThrowIfCancellationRequested();
                var inputs = new GeneratedInputs(_network, shapes, seed);
                if (TryRun(inputs.Make(0, plain), out NpyFile[] outputs) is { } why)
                {
                    refusal = $"for inputs {SampleShapes.Text(_network.Plan, shapes)}: {why}";
                    // Other values do not help where shapes are wrong.
                    if (!_hasStarted) break;
                    continue;
                }
                if (!outputs.Where((_, i) => _kinds[i] != OutputKind.Discrete).Any(OutputComparison.IsFinite) && _kinds.Any(k => k != OutputKind.Discrete))
                {
                    refusal = "its outputs are empty, zero or not finite for every generated input";
                    continue;
                }
                Shapes = SampleShapes.Text(_network.Plan, shapes);
                if (inputs.TakesPictures)
                {
                    // Where fractions are too small, biases drown the picture: outputs are nearly the same for all.
                    double fractions = Diversity(inputs, plain);
                    inputs.BytesOfPictures = true;
                    double bytes = Diversity(inputs, plain);
                    inputs.BytesOfPictures = fractions < SameForAll && bytes > MuchMore * fractions;
                    if (inputs.BytesOfPictures && TryRun(inputs.Make(0, plain), out outputs) is not null) continue;
                }
                _bytesOfRun = _cancel.Bytes;
                Add(inputs.Make(0, plain), outputs);
                inputs.Feed(outputs);
                int wanted = (int)Math.Clamp(WorkOfSamples / Math.Max(1, _cancel.Work), FewestSamples, MostSamples);
                for (int number = 1; number < wanted; number++)
                {
                    InputSample sample = inputs.Make(number, plain);
                    if (TryRun(sample, out outputs) is not null) continue;
                    Add(sample, outputs);
                    inputs.Feed(outputs);
                }
                _usual = [.. _kinds.Select((_, i) => Math.Sqrt(_outputs.Average(o => Math.Pow(OutputComparison.Size(o[i]), 2))))];
                return "";
            }
        return refusal;
    }

    /// <summary>How far the outputs for different pictures are apart: ‖a − b‖ ÷ (‖a‖ + ‖b‖), the largest over outputs.</summary>
    private double Diversity(GeneratedInputs inputs, int plain)
    {
        // Two of one range.
        if (TryRun(inputs.Make(0, plain), out NpyFile[] a) is not null || TryRun(inputs.Make(3, plain), out NpyFile[] b) is not null) return 0;
        double most = 0;
        for (int i = 0; i < a.Length; i++)
            if (_kinds[i] != OutputKind.Discrete && a[i].Shape.AsSpan().SequenceEqual(b[i].Shape)) most = Math.Max(most, OutputComparison.Distance(a[i], b[i]) / Math.Max(OutputComparison.Size(a[i]) + OutputComparison.Size(b[i]), 1e-30));
        return double.IsFinite(most) ? most : 0;
    }

    private bool _hasStarted;

    private void Add(InputSample sample, NpyFile[] outputs)
    {
        _samples.Add(sample);
        _outputs.Add(outputs);
    }

    /// <summary>Null if the network takes the sample, else why not.</summary>
    private string? TryRun(InputSample sample, out NpyFile[] outputs)
    {
        outputs = [];
        _cancel.Start();
        try
        {
            outputs = _original.Run(sample, _cancel);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidArtifactException)
        {
            return e.Message.Split(" (Parameter")[0].TrimEnd('.');
        }
        finally
        {
            _hasStarted = _cancel.Steps > 0;
        }
    }

    private OutputComparison Compare(int output, NpyFile[][] outputs)
    {
        var comparison = new OutputComparison(_network.Plan.Outputs[output].Name, _kinds[output]);
        for (int s = 0; s < outputs.Length; s++) comparison.Add(_outputs[s][output], outputs[s][output], _usual[output]);
        return comparison;
    }

    /// <summary>Ends a run between two steps, and counts the multiplications that it takes.</summary>
    private sealed class Cancel(Plan plan, CancellationToken token) : StepObserver
    {
        public CancellationToken Token => token;

        private readonly double[] _work = new double[plan.Steps.Count + 1];

        public double Work => WorkFrom(1);

        /// <summary>Bytes that steps made.</summary>
        public double Bytes { get; private set; }

        public int Steps { get; private set; }

        /// <summary>Of a step and all later ones.</summary>
        public double WorkFrom(int step)
        {
            double work = 0;
            for (int s = Math.Max(step, 1); s < _work.Length; s++) work += _work[s];
            return work;
        }

        public void Start() => (Bytes, Steps) = (0, 0);

        public override void After(int step, ReadOnlySpan<TensorView> outputs)
        {
            foreach (ref readonly TensorView output in outputs) Bytes += 4.0 * output.StoredLength;
        }

        public override void Before(int step, ReadOnlySpan<TensorView> inputs)
        {
            token.ThrowIfCancellationRequested();
            Steps++;
            if (inputs.Length == 0) return;
            long length = inputs[0].Length;
            _work[step] = plan.Steps[step - 1].Operator switch
            {
                "Conv" or "ConvTranspose" => (double)length / Math.Max(1, inputs[0].Shape[1]) * inputs[1].Length,
                "Gemm" or "MatMul" => (double)length * (inputs[1].Shape is [.., var columns] ? columns : 1),
                // The products of the inputs are a step of their own.
                "LSTM" or "GRU" or "RNN" => (double)length / Math.Max(1, inputs[0].Shape[^1]) * inputs[1].Length,
                _ => 4.0 * length,
            };
        }
    }
}
