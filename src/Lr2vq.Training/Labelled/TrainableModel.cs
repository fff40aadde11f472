using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Graphs;
using Lr2vq.Onnx;
using Lr2vq.Planning;
using Lr2vq.Plans;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Weights;
using static TorchSharp.torch;

namespace Lr2vq.Training.Labelled;

/// <summary>A network of a file, its own tensors as parameters of torch, and the way back into the file: its graph stays as it is.</summary>
internal sealed class TrainableModel : IDisposable
{
    /// <summary>Steps that have numbers for each channel which are trained like weights.</summary>
    private static readonly HashSet<(string Operator, int Input)> s_scales =
    [
        ("PRelu", 1), ("LayerNormalization", 1), ("LayerNormalization", 2), ("InstanceNormalization", 1), ("InstanceNormalization", 2), ("GroupNormalization", 1), ("GroupNormalization", 2), ("RMSNormalization", 1),
    ];

    private readonly NetworkTraining _training;
    private readonly Dictionary<OnnxTensor, int> _readers;
    private readonly Dictionary<OnnxTensor, FileTensor> _tensors = [];
    private readonly List<string> _kept = [];
    private readonly PlannedNetwork _planned;

    private TrainableModel(OnnxModel model, NetworkTraining training, PlannedNetwork planned, TorchNetwork network)
    {
        (Model, _training, _planned, Network) = (model, training, planned, network);
        _readers = TensorOrigin.Readers(planned.Constants);
        for (int i = 0; i < planned.Plan.Weights.Count; i++)
            if (network.Weights.ContainsKey(planned.Plan.Weights[i].Value)) TrainProduct(i);
            else TrainPlain(i);
        Exchange(model.Graph);
    }

    /// <summary>The file; its trained tensors are those of <see cref="Put"/>.</summary>
    public OnnxModel Model { get; }

    public TorchNetwork Network { get; }

    public Plan Plan => _planned.Plan;

    /// <summary>Weights that are not trained.</summary>
    public IReadOnlyList<string> Kept => _kept;

    /// <summary>Whether all numbers that are trained are f32 in the file.</summary>
    public bool IsExact => _tensors.Keys.All(tensor => tensor.ElementType is ElementType.Float32 or ElementType.Float64);

    /// <summary>Null if the bag got an error.</summary>
    public static TrainableModel? Open(NetworkTraining training, DiagnosticBag bag)
    {
        OnnxModel? model = ModelCompressor.Open(training.Model, training.Options.Fixed, bag);
        TrainableModel? made = null;
        try
        {
            if (model is null) return null;
            NormInputs.Separate(model);
            if (Planner.Plan(model, ModelInterface.NameOf(model.Graph.Name), training.Model, training.Options.Fixed, bag, keepsApart: true) is not { } planned) return null;
            if (TorchNetwork.Create(planned, training.Model, bag) is not { } network) return null;
            made = new TrainableModel(model, training, planned, network);
            if (made._tensors.Count > 0) return made;
            bag.Add(DiagnosticCatalogue.TrainingNotPossible.At(new DiagnosticPlace(training.Model), "none of its weights is a tensor of the file that products read as it is"));
            return null;
        }
        finally
        {
            if (made is null || bag.HasErrors) model?.Dispose();
        }
    }

    /// <summary>The trained tensors as they are now.</summary>
    public EncodedTensor[] Take()
    {
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        return [.. _tensors.Values.Select(tensor => tensor.Take())];
    }

    /// <summary>Makes them the file's.</summary>
    public void Put(IReadOnlyList<EncodedTensor> taken)
    {
        foreach ((FileTensor tensor, EncodedTensor values) in _tensors.Values.Zip(taken)) tensor.Put(values);
    }

    /// <summary>The file as it is now, planned as any other.</summary>
    public PlannedNetwork Planned()
    {
        DiagnosticBag bag = new();
        return Planner.Plan(Model, Plan.ModelName, _training.Model, _training.Options.Fixed, bag) ?? throw new DiagnosticException(bag.All);
    }

    public void Dispose() => Model.Dispose();

    private void TrainProduct(int index)
    {
        PlanWeight weight = Plan.Weights[index];
        ConstantTensor constant = _planned.Constants[index];
        int[] behind = [.. Network.Norms.Keys.Where(number => Plan.Steps[number - 1].Inputs[1] == weight.Value)];
        BatchNormStatistics? norm = behind is [var only] ? _planned.Norms[only] : null;
        if (norm is not null && constant is ScaledConstant scaled) constant = scaled.Source;
        TensorOrigin?[] parts = norm is null ? [] : [.. new[] { norm.Scale, norm.Shift, norm.Mean, norm.Variance }.Select(TensorOrigin.Of)];
        if (!IsOwn(TensorOrigin.Of(constant)) || !parts.All(IsOwn) || behind.Length > 1)
        {
            Keep(index, behind);
            return;
        }
        TensorIdentity identity = TensorIdentity.Of(weight);
        float[] canonical = new PlannedWeight(weight, constant).Read(), signs = [.. Enumerable.Repeat(1f, identity.Canonical.Rows)];
        Tensor sign = ones(1);
        if (norm is not null)
        {
            UnfoldedNorm unfolded = Network.Norms[behind[0]];
            signs = unfolded.Restart(norm);
            sign = TensorValues.Of(signs, signs.Length);
            Tensor mean = TensorValues.Of(norm.Mean.ToFloats(), signs.Length), first = unfolded.Mean.clone();
            Add(parts[0]!, () => unfolded.Scale * sign);
            Add(parts[1]!, () => unfolded.Shift);
            Add(parts[2]!, () => mean + sign * (unfolded.Mean - first));
            Add(parts[3]!, () => unfolded.Variance);
        }
        int columns = canonical.Length / Math.Max(1, signs.Length);
        for (int i = 0; i < canonical.Length; i++) canonical[i] *= signs[i / columns];
        DenseWeight trained = new(identity, canonical, null, DenseEncoding.Fp32);
        Network.Replace(weight.Value, trained);
        Add(TensorOrigin.Of(constant)!, () => TorchNetwork.InOrder(identity, trained.Rebuild() * sign.reshape(-1, 1), isProduct: false));
    }

    private void TrainPlain(int index)
    {
        PlanWeight weight = Plan.Weights[index];
        // That of a BatchNormalization is its shift.
        if (Network.Norms.Keys.Any(number => Plan.Steps[number - 1].Inputs[2] == weight.Value)) return;
        bool isWanted = weight.Type == ElementType.Float32 && (weight.Role == WeightRole.Bias || IsOfChannels(index));
        TensorOrigin? origin = isWanted ? TensorOrigin.Of(_planned.Constants[index]) : null;
        bool isTrained = IsOwn(origin);
        Tensor values = Network.TrainPlain(weight.Value, isTrained);
        if (isTrained) Add(origin!, () => values);
        else if (isWanted) _kept.Add(weight.Name);
    }

    /// <summary>Numbers for each channel that are scaled by or added, but not to what comes from outside: that is pre-processing.</summary>
    private bool IsOfChannels(int index)
    {
        PlanWeight weight = Plan.Weights[index];
        if (weight.Shape.Count(d => d > 1) != 1) return false;
        HashSet<string> given = [.. Plan.Inputs.Select(input => input.Value)];
        return Plan.Steps.Where(step => step.Inputs.Contains(weight.Value)).All(step =>
            s_scales.Contains((step.Operator, step.Inputs.ToList().IndexOf(weight.Value))) || step.Operator is "Add" or "Sub" or "Mul" && !step.Inputs.Any(input => input is not null && given.Contains(input)))
            && _planned.Constants[index].ToFloats().All(float.IsFinite);
    }

    private bool IsOwn(TensorOrigin? origin) => origin is not null && _readers.GetValueOrDefault(origin.Tensor) <= 1 && !_tensors.ContainsKey(origin.Tensor);

    private void Add(TensorOrigin origin, Func<Tensor> values) => _tensors.Add(origin.Tensor, new FileTensor(origin.Tensor, () => origin.Back(values())));

    private void Keep(int index, int[] norms)
    {
        PlanWeight weight = Plan.Weights[index];
        EncodedTensor exact = DenseTensor.Pack(TensorIdentity.Of(weight), Network.Canonical(index), DenseEncoding.Fp32);
        Network.Replace(weight.Value, new FixedWeight(exact, Network.GainOf().GetValueOrDefault(weight.Value)));
        foreach (int number in norms) Network.Norms[number].IsFrozen = true;
        _kept.Add(weight.Name);
    }

    /// <summary>Puts the trained tensors into the places of those of the file.</summary>
    private void Exchange(OnnxGraph graph)
    {
        for (int i = 0; i < graph.Initializers.Count; i++)
            if (_tensors.TryGetValue(graph.Initializers[i], out FileTensor? tensor)) graph.Initializers[i] = tensor.Trained;
        foreach (OnnxAttribute attribute in graph.Nodes.SelectMany(node => node.Attributes))
        {
            if (attribute.Tensor is { } constant && _tensors.TryGetValue(constant, out FileTensor? tensor)) attribute.Tensor = tensor.Trained;
            if (attribute.Graph is { } inner) Exchange(inner);
            foreach (OnnxGraph one in attribute.Graphs) Exchange(one);
        }
    }
}
