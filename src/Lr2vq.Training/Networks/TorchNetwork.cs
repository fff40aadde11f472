using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Sessions;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Networks;

/// <summary>A planned network as a differentiable function: the steps of its Plan in torch, weights as parameters or trainable weights, folded
/// BatchNormalizations taken apart.</summary>
internal sealed class TorchNetwork
{
    private readonly PlannedNetwork _planned;
    private readonly InputShapes _shapes;
    private readonly Dictionary<string, TrainableWeight> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _plain = new(StringComparer.Ordinal);
    private readonly Dictionary<int, UnfoldedNorm> _norms = [];
    private readonly Dictionary<string, int> _uses;

    private TorchNetwork(PlannedNetwork planned)
    {
        _planned = planned;
        _shapes = new InputShapes(planned.Plan.Inputs);
        _uses = planned.Plan.Steps.SelectMany(step => step.Inputs).Where(input => input is not null).GroupBy(input => input!).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        Dictionary<string, int> index = Enumerable.Range(0, planned.Plan.Weights.Count).ToDictionary(i => planned.Plan.Weights[i].Value, StringComparer.Ordinal);
        foreach ((int number, Graphs.BatchNormStatistics norm) in planned.Norms)
        {
            PlanStep step = planned.Plan.Steps[number - 1];
            // A weight or bias that other steps read stays folded.
            if (step.Inputs.Count < 3 || step.Inputs[2] is not { } bias || !index.TryGetValue(bias, out int b) || _uses[bias] > 1 || _uses[step.Inputs[1]!] > 1) continue;
            _norms.Add(number, UnfoldedNorm.Of(norm, planned.Constants[b].ToFloats()));
        }
        var gains = GainOf();
        for (int i = 0; i < planned.Plan.Weights.Count; i++)
        {
            PlanWeight weight = planned.Plan.Weights[i];
            if (IsTrained(weight)) Replace(weight.Value, new DenseWeight(TensorIdentity.Of(weight), Canonical(i), gains.GetValueOrDefault(weight.Value), DenseEncoding.Fp32));
            else
            {
                Tensor values = TensorValues.Of(weight.Type, weight.Shape, planned.Constants[i].ToBytes());
                _plain.Add(weight.Value, weight.Role == WeightRole.Bias && !_norms.Keys.Any(n => planned.Plan.Steps[n - 1].Inputs[2] == weight.Value) ? new Parameter(values) : values);
            }
        }
    }

    public Plan Plan => _planned.Plan;

    /// <summary>Statistics of batches instead of running ones.</summary>
    public bool IsTraining { get; set; }

    /// <summary>The weights that products read, by their value in the Plan.</summary>
    public IReadOnlyDictionary<string, TrainableWeight> Weights => _weights;

    /// <summary>All parameters with names that do not change from run to run; a shared codebook comes once. Kind: what a weight calls it, nothing for biases
    /// and BatchNormalizations.</summary>
    public IEnumerable<(string Name, string Kind, Parameter Parameter)> Parameters
    {
        get
        {
            var seen = new HashSet<IntPtr>();
            foreach ((string value, TrainableWeight weight) in _weights)
                foreach ((string name, Parameter parameter) in weight.Parameters)
                    if (seen.Add(parameter.Handle)) yield return ($"{value}.{name}", name, parameter);
            foreach ((string value, Tensor tensor) in _plain)
                if (tensor is Parameter parameter) yield return (value, "", parameter);
            foreach ((int number, UnfoldedNorm norm) in _norms)
            {
                if (norm.IsFrozen) continue;
                if (!norm.IsFixed) yield return ($"norm{number}.scale", "", norm.Scale);
                yield return ($"norm{number}.shift", "", norm.Shift);
            }
        }
    }

    /// <summary>The BatchNormalizations that are taken apart, by the number of their step.</summary>
    public IReadOnlyDictionary<int, UnfoldedNorm> Norms => _norms;

    /// <summary>What changes besides parameters: running statistics, and what weights have of their own.</summary>
    public IEnumerable<(string Name, Tensor Values)> Buffers =>
        Statistics.Concat(_weights.SelectMany(pair => pair.Value.Buffers.Select(buffer => ($"{pair.Key}.{buffer.Name}", buffer.Values))));

    /// <summary>Running statistics.</summary>
    public IEnumerable<(string Name, Tensor Values)> Statistics => _norms.SelectMany(pair => new[] { ($"norm{pair.Key}.mean", pair.Value.Mean), ($"norm{pair.Key}.variance", pair.Value.Variance) });

    /// <summary>Makes the network; what has no torch form goes to the bag, each operator once.</summary>
    /// <returns>Null if the bag got an error.</returns>
    public static TorchNetwork? Create(PlannedNetwork planned, string? file, DiagnosticBag bag) => Check(planned.Plan, file, bag) ? new TorchNetwork(planned) : null;

    /// <summary>Whether all operators have a torch form; those that have none go to the bag.</summary>
    public static bool Check(Plan plan, string? file, DiagnosticBag bag)
    {
        bool accepted = true;
        foreach (var group in plan.Steps.Where(step => TorchOperators.Find(step.Operator) is null).GroupBy(step => step.Operator))
        {
            bag.Add(DiagnosticCatalogue.OperatorNotTrainable.At(new DiagnosticPlace(file, group.First().Name), group.Key, group.Count()));
            accepted = false;
        }
        return accepted;
    }

    /// <summary>Folded weights [rows, columns] in canonical order.</summary>
    public float[] Canonical(int weight)
    {
        var source = new PlannedWeight(Plan.Weights[weight], _planned.Constants[weight]);
        return source.Read();
    }

    /// <summary>|gain| of the rows of each weight that a BatchNormalization follows.</summary>
    public Dictionary<string, float[]> GainOf() =>
        _norms.ToDictionary(pair => Plan.Steps[pair.Key - 1].Inputs[1]!, pair => pair.Value.Gain, StringComparer.Ordinal);

    /// <summary>Lets a weight be trained in another form. The BatchNormalization behind one that stays keeps its scale and its statistics.</summary>
    public void Replace(string value, TrainableWeight weight)
    {
        _weights[value] = weight;
        foreach ((int number, UnfoldedNorm norm) in _norms)
            if (Plan.Steps[number - 1].Inputs[1] == value) (norm.IsFixed, weight.Gain) = (weight is FixedWeight, norm.Folding);
    }

    /// <summary>Lets a value that no product multiplies by be trained, or not.</summary>
    /// <returns>The value.</returns>
    public Tensor TrainPlain(string value, bool isTrained) =>
        _plain[value] = isTrained ? _plain[value] as Parameter ?? new Parameter(_plain[value]) : _plain[value].detach();

    /// <summary>The outputs for some inputs, in the orders of the Plan.</summary>
    /// <param name="inputs">Values of all inputs.</param>
    /// <param name="observer">Sees the results of each step, if there is one.</param>
    /// <exception cref="NotSupportedException">A step has no torch form with these attributes; the message names it.</exception>
    public Tensor[] Forward(IReadOnlyList<Tensor> inputs, Action<PlanStep, Tensor[]>? observer = null)
    {
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (int i = 0; i < inputs.Count; i++) values[Plan.Inputs[i].Value] = inputs[i];
        Compute(Plan.Steps, values, SymbolsOf(inputs.SelectMany(input => input.shape)), observer);
        return [.. Plan.Outputs.Select(output => values[output.Value])];
    }

    /// <summary>The values of the network's symbols for the dimensions of all inputs, one after the other.</summary>
    public Dictionary<string, long> SymbolsOf(IEnumerable<long> dimensions) => _shapes.Solve([.. dimensions.Select(d => (int)d)]);

    /// <summary>What some steps make of a value: they read nothing else that is no weight.</summary>
    /// <param name="steps">Consecutive steps.</param>
    /// <param name="entry">The value that they read.</param>
    /// <param name="exit">The value that is wanted.</param>
    /// <exception cref="NotSupportedException">A step has no torch form with these attributes; the message names it.</exception>
    public Tensor Part(IEnumerable<PlanStep> steps, string entry, Tensor value, string exit, Dictionary<string, long> symbols)
    {
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [entry] = value };
        Compute(steps, values, symbols, null);
        return values[exit];
    }

    private void Compute(IEnumerable<PlanStep> steps, Dictionary<string, Tensor> values, Dictionary<string, long> symbols, Action<PlanStep, Tensor[]>? observer)
    {
        var rebuilt = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (PlanStep step in steps)
        {
            Tensor?[] operands = [.. step.Inputs.Select((input, i) => input is null ? null : values.TryGetValue(input, out Tensor? made) ? made : Weight(step, i, input, rebuilt))];
            try
            {
                Tensor[] results = Run(step, new StepCall(step, operands, symbols));
                for (int o = 0; o < step.Outputs.Count; o++) values[step.Outputs[o].Value] = results[o];
                observer?.Invoke(step, results);
            }
            catch (NotSupportedException problem)
            {
                throw new NotSupportedException($"{step.Operator} \"{step.Name}\": {problem.Message}", problem);
            }
        }
    }

    /// <summary>After a step of the optimizer: what a file cannot hold is put back.</summary>
    public void Constrain()
    {
        foreach (TrainableWeight weight in _weights.Values) weight.Constrain();
        foreach (UnfoldedNorm norm in _norms.Values) norm.Constrain();
    }

    /// <summary>All weights as a file holds them, in the order of the Plan.</summary>
    /// <param name="rest">Encodes what was not trained.</param>
    public EncodedTensor[] Export(Func<int, EncodedTensor> rest)
    {
        Dictionary<string, (float[] Gain, float[] Bias)> folded = [];
        foreach ((int number, UnfoldedNorm norm) in _norms)
        {
            PlanStep step = Plan.Steps[number - 1];
            folded[step.Inputs[1]!] = folded[step.Inputs[2]!] = norm.Fold();
        }
        return [.. Plan.Weights.Select((weight, i) =>
        {
            if (_weights.TryGetValue(weight.Value, out TrainableWeight? trained)) return trained.Export(folded.TryGetValue(weight.Value, out var gain) ? gain.Gain : null);
            if (weight.Role != WeightRole.Bias) return rest(i);
            float[] values = folded.TryGetValue(weight.Value, out var bias) ? bias.Bias : TensorValues.Floats(_plain[weight.Value]);
            return TensorEncoder.Encode(new ArrayWeight(TensorIdentity.Of(weight), values), new TensorSpec(TensorTreatment.Bias, CompressionMethod.Fp16), 0, null, null, 0, default).Tensor;
        })];
    }

    private static bool IsTrained(PlanWeight weight) => weight.Type == ElementType.Float32 && weight.Role is WeightRole.Conv or WeightRole.ConvTranspose or WeightRole.MatMul or WeightRole.Gemm or WeightRole.Gather;

    private Tensor[] Run(PlanStep step, StepCall call)
    {
        if (!_norms.TryGetValue(step.Number, out UnfoldedNorm? norm)) return TorchOperators.Find(step.Operator)!(call);
        return step.Operator switch
        {
            "Conv" => [TorchProducts.Finish(call, norm.Apply(TorchProducts.BareConv(call), IsTraining))],
            "ConvTranspose" => [call.Activated(norm.Apply(TorchProducts.BareConvTranspose(call), IsTraining))],
            _ => [call.Activated(norm.Apply(TorchProducts.BareGemm(call), IsTraining))],
        };
    }

    /// <summary>A weight in the shape in which its step reads it.</summary>
    private Tensor Weight(PlanStep step, int input, string value, Dictionary<string, Tensor> rebuilt)
    {
        if (!_weights.TryGetValue(value, out TrainableWeight? weight)) return _plain[value];
        if (!rebuilt.TryGetValue(value, out Tensor? canonical)) rebuilt[value] = canonical = weight.Rebuild();
        return InOrder(weight.Identity, canonical, (step.Operator, input) is ("Conv" or "ConvTranspose" or "Gemm" or "LSTM" or "GRU" or "RNN", 1) or ("GRU", 2));
    }

    /// <summary>Canonical rows as torch's products read them, or as the Plan has the weight.</summary>
    public static Tensor InOrder(TensorIdentity identity, Tensor canonical, bool isProduct)
    {
        CanonicalShape shape = identity.Canonical;
        switch (identity.Role)
        {
            case WeightRole.Conv:
                return canonical.reshape(isProduct ? [shape.Rows, shape.Inputs, shape.KernelHeight, shape.KernelWidth] : Longs(identity.Shape));
            case WeightRole.ConvTranspose:
                Tensor turned = canonical.reshape(identity.Groups, shape.Rows / identity.Groups, shape.Inputs, shape.KernelHeight, shape.KernelWidth).transpose(1, 2);
                return turned.reshape(isProduct ? [(long)shape.Inputs * identity.Groups, shape.Rows / identity.Groups, shape.KernelHeight, shape.KernelWidth] : Longs(identity.Shape));
            case WeightRole.MatMul when !isProduct:
                return canonical.t().reshape(Longs(identity.Shape));
            default:
                return isProduct ? canonical : canonical.reshape(Longs(identity.Shape));
        }
    }

    private static long[] Longs(int[] shape) => [.. shape.Select(d => (long)d)];
}
