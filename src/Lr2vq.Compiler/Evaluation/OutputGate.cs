using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Data;
using Lr2vq.Operators;
using Lr2vq.Pictures;
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
    /// <summary>Bytes of the outputs that are kept for comparison.</summary>
    private const long MostOfOutputs = 1L << 28;
    /// <summary>The same for samples that weights are fitted to, and where their numbers begin.</summary>
    private const double WorkOfFitting = 40e9;
    private const int MostFitted = 40, FirstFitted = 1000;
    private const double SameForAll = 0.15, MuchMore = 3;
    private const int MostUnlikely = 2;

    /// <summary>Inputs for which outputs say nothing, after which no other lengths are tried: some networks say nothing for any.</summary>
    private const int MostDull = 12;

    /// <summary>So many inputs for which a loop goes on and on are enough.</summary>
    private const int MostEndless = 2;

    private readonly PlannedNetwork _network;
    private readonly Plan _plan;
    private readonly EvaluationNetwork _original;
    private readonly PreProcessing _pictures;
    private readonly int _threads;
    private readonly double? _limit;
    private readonly bool _takesFeatures, _onlyFloats;
    private readonly GateObserver _observer;
    /// <summary>Outputs, then values that decide outputs of integers.</summary>
    private readonly PlanPort[] _ports;
    private readonly OutputKind[] _kinds;
    private readonly IReadOnlyList<int>[] _choices;
    /// <summary>For each output of integers the ports that decide it.</summary>
    private readonly int[][] _deciding;
    private readonly List<InputSample> _samples = [];
    private readonly List<NpyFile[]> _outputs = [];
    private readonly List<Dictionary<int, byte[]>> _chosen = [];
    /// <summary>Samples from here on are pictures of a range that the network may be made for, though it seems not to be.</summary>
    private int _firstUnlikely = int.MaxValue;
    /// <summary>All fractions give nearly the same outputs, and bytes about as different ones: the network may want either.</summary>
    private bool _isRangeOpen;
    private GeneratedInputs? _inputs;
    private int _plain;
    private double[] _usual = [];
    private double _bytesOfRun;

    private OutputGate(PlannedNetwork network, CompressionOptions options, PreProcessing pictures, CancellationToken cancellation)
    {
        (_network, _pictures, _threads, _observer) = (network, pictures, options.Threads, new GateObserver(network.Plan, cancellation));
        _takesFeatures = network.Plan.Inputs.All(input => input.Type == ElementType.Float32 && input.Shape is [_] or [_, { IsConstant: true, Value: < GeneratedInputs.ShortestSound }]);
        _onlyFloats = network.Plan.Inputs.All(input => ElementTypes.IsFloat(input.Type));
        // MaxError is a relative error, which is squared.
        if (options.MaxError is { } error) _limit = Math.Sqrt(error);
        var decisions = new Decisions(network.Plan);
        IReadOnlyList<PlanPort> outputs = network.Plan.Outputs;
        IReadOnlyList<PlanPort>[] operands = [.. outputs.Select(output => IsFound(output) || OutputKinds.Of(network.Plan, output) == OutputKind.Discrete ? decisions.OperandsOf(output) : [])];
        _ports = [.. outputs, .. operands.SelectMany(ports => ports).DistinctBy(port => port.Value).Where(port => outputs.All(output => output.Value != port.Value))];
        _deciding = [.. operands.Select(ports => ports.Select(port => Array.FindIndex(_ports, p => p.Value == port.Value)).ToArray())];
        _kinds = [.. _ports.Select(port => OutputKinds.Of(network.Plan, port))];
        // Nobody looks at what is behind an output.
        for (int i = outputs.Count; i < _kinds.Length; i++)
            if (_kinds[i] == OutputKind.Picture) _kinds[i] = OutputKind.Values;
        _choices = [.. _ports.Select(decisions.ChoicesOf)];
        _observer.Choices.UnionWith(_choices.SelectMany(steps => steps));
        _plan = network.Plan with { Outputs = _ports };
        _original = EvaluationNetwork.Guarded(network with { Plan = _plan }, _threads, cancellation);
    }

    /// <summary>Shapes of the inputs, for people.</summary>
    public string Shapes { get; private set; } = "";

    public int Samples => _samples.Count;

    /// <summary>What outputs are compared on; without pictures of a range that the network seems not to be made for.</summary>
    public IReadOnlyList<InputSample> Inputs => [.. _samples.Take(_firstUnlikely)];

    /// <summary>Makes inputs that the network accepts, and its outputs for them.</summary>
    /// <param name="network">The network; its model stays open.</param>
    /// <param name="options">The same seed gives the same inputs.</param>
    /// <param name="pictures">What pictures go through, as far as that was declared.</param>
    /// <param name="problem">Why there is no gate.</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <returns>Null if no inputs were found.</returns>
    public static OutputGate? TryMake(PlannedNetwork network, CompressionOptions options, PreProcessing pictures, out string problem, CancellationToken cancellation)
    {
        problem = "it has no output";
        if (network.Plan.Outputs.Count == 0) return null;
        OutputGate? gate = null;
        try
        {
            gate = new OutputGate(network, options, pictures, cancellation);
            problem = gate.Fill(options.Seed);
            if (problem.Length == 0) return gate;
        }
        catch (InvalidArtifactException refused)
        {
            problem = refused.Diagnostic.Text;
        }
        catch (OperationCanceledException)
        {
            gate?.Dispose();
            throw;
        }
        gate?.Dispose();
        return null;
    }

    public IReadOnlyList<OutputChange> Unmeasured => [.. _network.Plan.Outputs.Select((output, i) =>
        NewComparison(i).Result with { Mean = 0, Divergence = HasClasses(i) ? 0 : null, Agreement = HasClasses(i) || IsFound(_ports[i]) || _kinds[i] == OutputKind.Discrete ? 0 : null })];

    public OutputMeasure Measure(IReadOnlyList<EncodedTensor> tensors)
    {
        using EvaluationNetwork network = EvaluationNetwork.Of(_plan, tensors, _threads, _observer.Token);
        OutputComparison[] compared = [.. _ports.Select((_, i) => NewComparison(i))], unlikely = [.. _ports.Select((_, i) => NewComparison(i))];
        for (int s = 0; s < _samples.Count; s++) Compare(s < _firstUnlikely ? compared : unlikely, References(_outputs[s]), _chosen[s], network.RunOrNothing(_samples[s], _observer));
        double ShareOf(int port) => compared[port].Judged / LimitOf(port);
        OutputChange[] changes = [.. _network.Plan.Outputs.Select((_, i) => compared[i].Result)];
        double[] shares = [.. _network.Plan.Outputs.Select((_, i) => ShareOf(i))];
        for (int i = 0; i < changes.Length; i++)
            foreach (int port in _deciding[i])
            {
                double share = ShareOf(port);
                if (share < shares[i] || double.IsNaN(compared[port].Result.Mean)) continue;
                shares[i] = share;
                // An integer has no small change; that of what decides it tells how near it is to another one.
                changes[i] = compared[port].Result with { Name = changes[i].Name, Divergence = changes[i].Divergence, Agreement = changes[i].Agreement };
            }
        double[] unlikelyShares = [.. unlikely.Select((c, i) => c.Judged / LimitOf(i) / OutputMeasure.UnlikelyAllowed)];
        return new OutputMeasure(changes, [.. shares.Select(Rounded)], [.. changes.Select((_, i) => LimitOf(i))])
        {
            Jumping = [.. _network.Plan.Outputs.Where((_, i) => _choices[i].Count > 0 || _deciding[i].Length > 0).Select(output => output.Name)],
            UnlikelyShare = Rounded(unlikelyShares.Max()),
            IsRangeOpen = _isRangeOpen,
            UnlikelyOutput = Array.IndexOf(unlikelyShares, unlikelyShares[..changes.Length].Max()),
        };
    }

    public double[]? MeasureAlone(IReadOnlyList<int> tensors, IReadOnlyList<int[]> readers, IReadOnlyList<EncodedTensor> encoded)
    {
        (int Tensor, int Weight)[] trials = [.. tensors.SelectMany((_, t) => readers[t].Select(w => (t, w)))];
        (int, EncodedTensor)[] others = [.. trials.Select(trial => (trial.Weight, encoded[trial.Weight]))];
        double work = trials.Sum(trial => _observer.WorkFrom(_original.FirstReader(trial.Weight)));
        if (work > MostWorkOfTrials || _bytesOfRun > MostKept) return null;
        int samples = (int)Math.Clamp(WorkOfTrials / Math.Max(1, work), 1, Math.Min(MostTrials, _samples.Count));
        double[] changes = new double[tensors.Count];
        for (int s = 0; s < samples; s++)
        {
            OutputReference[] original = References(_original.RunKept(_samples[s], _observer));
            Dictionary<int, byte[]> chosen = new(_observer.Chosen);
            foreach ((int trial, NpyFile[] outputs) in _original.RunWithEach(others, _observer))
            {
                OutputComparison[] compared = [.. _ports.Select((_, i) => NewComparison(i))];
                Compare(compared, original, chosen, outputs);
                double most = compared.Select((c, i) => c.Judged / LimitOf(i)).Max();
                changes[trials[trial].Tensor] += most * most / samples;
            }
        }
        _original.Forget();
        return [.. changes.Select(Rounded)];
    }

    /// <summary>Inputs of the same kinds as those that are measured with, but others; none where they would take too long.</summary>
    public IReadOnlyList<InputSample> OtherSamples()
    {
        int count = (int)Math.Min(MostFitted, WorkOfFitting / Math.Max(1, _observer.Work));
        List<InputSample> samples = [];
        for (int number = FirstFitted; number < FirstFitted + count; number++)
        {
            InputSample sample = _inputs!.Make(number, _plain);
            // Floats of the same shapes are all alike; integers may be refused.
            if (_onlyFloats || TryRun(sample, out _) is null) samples.Add(sample);
        }
        return samples;
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

    private bool HasClasses(int output) => _kinds[output] != OutputKind.Discrete && !IsFound(_ports[output]) && _outputs.Count > 0 && OutputComparison.HasRows(_outputs[0][output].Shape);

    /// <returns>Why there are no samples; empty if there are.</returns>
    private string Fill(int seed)
    {
        string refusal = "no lengths were found for its symbolic dimensions";
        int dull = 0, endless = 0;
        foreach (int[][] shapes in SampleShapes.Of(_network.Plan))
            for (int plain = 0; plain <= 3; plain++)
            {
                _observer.Token.ThrowIfCancellationRequested();
                var inputs = new GeneratedInputs(_network, shapes, seed, _pictures);
                if (TryRun(inputs.Make(0, plain), out NpyFile[] outputs) is { } why)
                {
                    refusal = $"for inputs {SampleShapes.Text(_network.Plan, shapes)}: {why}";
                    // Other values do not help where shapes are wrong, and hardly where a loop has no end.
                    if (!_hasStarted) break;
                    if (_wasLong && ++endless == MostEndless) return refusal;
                    continue;
                }
                if (!outputs.Where((_, i) => _kinds[i] != OutputKind.Discrete).Any(OutputComparison.IsFinite) && _kinds.Any(k => k != OutputKind.Discrete))
                {
                    refusal = "its outputs are empty, zero or not finite for every generated input";
                    if (++dull == MostDull) return refusal;
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
                    _isRangeOpen = fractions < SameForAll && MuchMore * bytes > fractions;
                    if ((inputs.BytesOfPictures || _observer.Choices.Count > 0) && TryRun(inputs.Make(0, plain), out outputs) is not null) continue;
                }
                _bytesOfRun = _observer.Bytes;
                Add(inputs.Make(0, plain), outputs);
                inputs.Feed(outputs);
                int wanted = (int)Math.Clamp(WorkOfSamples / Math.Max(1, _observer.Work), FewestSamples, MostSamples);
                wanted = (int)Math.Clamp(MostOfOutputs / Math.Max(1, outputs.Sum(output => output.Bytes.LongLength)), 1, wanted);
                for (int number = 1; number < wanted; number++)
                {
                    InputSample sample = inputs.Make(number, plain);
                    if (TryRun(sample, out outputs) is not null) continue;
                    Add(sample, outputs);
                    inputs.Feed(outputs);
                }
                (_inputs, _plain) = (inputs, plain);
                AddUnlikely(wanted);
                _usual = [.. _kinds.Select((_, i) => Math.Sqrt(_outputs.Take(_firstUnlikely).Average(o => Math.Pow(OutputComparison.Size(o[i]), 2))))];
                return "";
            }
        return refusal;
    }

    /// <summary>A network whose range of pictures nothing tells may take bytes.</summary>
    private void AddUnlikely(int wanted)
    {
        if (!_inputs!.TakesPictures || _inputs.BytesOfPictures) return;
        _firstUnlikely = _samples.Count;
        _inputs.BytesOfPictures = true;
        for (int number = wanted; number < wanted + Math.Min(MostUnlikely, wanted / 3); number++)
        {
            InputSample sample = _inputs.Make(number, _plain);
            if (TryRun(sample, out NpyFile[] outputs) is null) Add(sample, outputs);
        }
        _inputs.BytesOfPictures = false;
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

    private bool _hasStarted, _wasLong;

    /// <summary>Adds what ran last.</summary>
    private void Add(InputSample sample, NpyFile[] outputs)
    {
        _samples.Add(sample);
        _outputs.Add(outputs);
        _chosen.Add(new(_observer.Chosen));
    }

    /// <summary>Null if the network takes the sample, else why not.</summary>
    private string? TryRun(InputSample sample, out NpyFile[] outputs)
    {
        outputs = [];
        _observer.Start();
        try
        {
            outputs = _original.Run(sample, _observer);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidArtifactException)
        {
            _wasLong = e is LongRunException;
            return e.Message.Split(" (Parameter")[0].TrimEnd('.');
        }
        finally
        {
            _hasStarted = _observer.Steps > 0;
        }
    }

    private OutputReference[] References(NpyFile[] outputs) => [.. outputs.Select((output, i) => new OutputReference(output, _kinds[i]))];

    private OutputComparison NewComparison(int port) => new(_ports[port].Name, _kinds[port], IsFound(_ports[port]));

    /// <summary>True if the data decides the shape of an output.</summary>
    private static bool IsFound(PlanPort output) => output.Shape.Any(dimension => dimension.HasSize);

    /// <summary>Adds the run that was last to comparisons of all ports.</summary>
    private void Compare(OutputComparison[] compared, OutputReference[] original, Dictionary<int, byte[]> chosen, NpyFile[] outputs)
    {
        for (int i = 0; i < compared.Length; i++)
        {
            double moved = _choices[i].Select(step => _observer.Moved(step, chosen.GetValueOrDefault(step))).DefaultIfEmpty(0).Max();
            compared[i].Add(original[i], outputs[i], _usual[i], moved);
        }
    }
}
