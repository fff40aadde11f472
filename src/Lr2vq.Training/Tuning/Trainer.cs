using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Codecs;
using Lr2vq.Compression.Methods;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Recipes;
using Lr2vq.Training.Weights;
using Modules = TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tuning;

/// <summary>Trains a network through the phases of a recipe. Optimizer, gradients, their clipping and weight decay are torch's. What is kept are weights as a file holds them,
/// compared by running that file: of all looks at the held-out part the best one, what came included. A trainer runs once.</summary>
/// <param name="network">Is changed.</param>
/// <param name="recipe">What is done.</param>
/// <param name="limits">How long.</param>
internal sealed class Trainer(TorchNetwork network, Recipe recipe, TrainingLimits limits)
{
    /// <summary>Time that a step and a look may take longer than the last ones.</summary>
    private static readonly TimeSpan s_reserve = TimeSpan.FromSeconds(0.3);

    private readonly BitPrice _price = new(recipe.BitsCost, limits.Size);
    private readonly Stopwatch _clock = new();
    private TimeSpan _before, _saved, _longestStep, _longestLook;
    private int _phase = -1, _step, _looked, _trainedHere, _imagesHere;
    private double _loss = double.NaN;
    private (IReadOnlyList<EncodedTensor> Tensors, Quality Quality) _best;
    private Quality _first;
    private Quality? _last;
    private long? _length;
    private optim.Optimizer? _optimizer;
    private double[] _factors = [];     // of the learning rate, by group
    private (string Name, string Kind, Modules.Parameter Parameter)[] _parameters = [];

    /// <summary>Told after each step; may be null.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Loss of a batch from the network's outputs; by default that of a classifier, <see cref="Distillation"/>.</summary>
    public Func<Batch, Tensor[], Tensor>? Loss { get; init; }

    private TimeSpan Elapsed => _before + _clock.Elapsed;

    /// <param name="start">The weights that are kept if nothing is better.</param>
    /// <param name="batches">One for each step.</param>
    /// <param name="export">The network's weights as a file holds them.</param>
    /// <param name="measure">Runs such weights over the held-out part.</param>
    /// <param name="cancellation">Ends the training after the step at hand; the best so far is kept, and what was done is in the checkpoint.</param>
    public TrainingResult Run(IReadOnlyList<EncodedTensor> start, IBatchSource batches, Func<EncodedTensor[]> export, Func<IReadOnlyList<EncodedTensor>, Quality> measure, CancellationToken cancellation)
    {
        _clock.Start();
        if (!TryResume())
        {
            _first = measure(start);
            _best = (start, _first);
        }
        TrainingEnd end = TrainingEnd.Done;
        int every = Math.Max(1, limits.Steps / Math.Max(1, limits.Looks));
        while (true)
        {
            for (int phase = PhaseOf(Share); _phase < phase;)
            {
                if (_step > _looked) Look(export, measure);
                Begin(_phase + 1);
            }
            if (_step >= limits.Steps) break;
            if (limits.Time is { } time && Elapsed + _longestStep + _longestLook + s_reserve > time)
            {
                end = TrainingEnd.TimeIsUp;
                break;
            }
            if (cancellation.IsCancellationRequested)
            {
                end = TrainingEnd.Cancelled;
                Save();
                break;
            }
            Step(batches);
            if (_step % every == 0) Look(export, measure);
            if (limits.Checkpoint is not null && Elapsed - _saved >= limits.SaveEvery) Save();
        }
        if (_step > _looked) Look(export, measure);
        if (end != TrainingEnd.Cancelled && limits.Checkpoint is { } done) File.Delete(done);
        _optimizer?.Dispose();
        return new TrainingResult(_best.Tensors, _best.Quality, _first, _step, end);
    }

    /// <summary>KL of the network's answers from the teacher's, mean over the rows.</summary>
    public static Tensor Divergence(Tensor scores, Tensor teacher)
    {
        Tensor log = teacher.log_softmax(-1);
        return (log.exp() * (log - scores.log_softmax(-1))).sum() / scores.shape[0];
    }

    /// <summary>The divergence of the first output from the teacher's answers, and the cross-entropy where there are labels.</summary>
    public static Tensor Distillation(Batch batch, Tensor scores, double labelShare)
    {
        Tensor loss = Divergence(scores, batch.Teacher);
        return batch.Labels is { } labels ? nn.functional.cross_entropy(scores, labels) * labelShare + loss * (1 - labelShare) : loss;
    }

    /// <summary>How far the training is: by steps, so that it is the same whenever it runs; where the time will not do for them, by what is further.</summary>
    private double Share
    {
        get
        {
            double steps = (double)_step / limits.Steps;
            return limits.Time is { } time && Pace.RunsOut(_step - _trainedHere, _step, limits.Steps, _clock.Elapsed, time - _before) ? Math.Clamp(Elapsed / time, steps, 1) : steps;
        }
    }

    /// <summary>Where the phase begins and how long it is.</summary>
    private (double From, double Length) Range(int phase) => (recipe.Phases.Take(phase).Sum(p => p.Share), recipe.Phases[phase].Share);

    private int PhaseOf(double share)
    {
        int phase = 0;
        // Shares are sums of decimals.
        while (phase + 1 < recipe.Phases.Length && share >= Range(phase + 1).From - 1e-9) phase++;
        return phase;
    }

    private void Begin(int phase)
    {
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        _phase = phase;
        Seed(recipe.Phases[phase].Name);
        foreach (TrainableWeight weight in network.Weights.Values) weight.Begin(recipe.Phases[phase].Name);
        _optimizer?.Dispose();
        _parameters = [.. network.Parameters];
        foreach (var (_, kind, parameter) in _parameters) parameter.requires_grad = kind.Length == 0 || !recipe.Phases[phase].WeightsStay;
        var kinds = _parameters.Where(p => p.Parameter.requires_grad).GroupBy(p => (Factor: recipe.Factors.GetValueOrDefault(p.Kind, 1), IsWeight: p.Kind.Length > 0)).ToArray();
        _factors = [.. kinds.Select(kind => kind.Key.Factor)];
        _optimizer = new Modules.Adam(kinds.Select(kind => new Modules.Adam.ParamGroup(kind.Select(p => p.Parameter), new Modules.Adam.Options { weight_decay = kind.Key.IsWeight ? recipe.WeightDecay : 0 })));
    }

    private void Step(IBatchSource batches)
    {
        TimeSpan began = Elapsed;
        using var scope = NewDisposeScope();
        Batch batch = batches.At(_step);
        using FinalizerGate.Closed closed = FinalizerGate.Close();
        Phase phase = recipe.Phases[_phase];
        double share = Share, part = Math.Clamp((share - Range(_phase).From) / Range(_phase).Length, 0, 1);
        double rate = phase.LeastRate + (phase.Rate - phase.LeastRate) * 0.5 * (1 + Math.Cos(Math.PI * part));
        // Adam's own note of an initial rate is its default, whatever a group was made with.
        foreach ((var group, double factor) in _optimizer!.ParamGroups.Zip(_factors)) group.LearningRate = rate * factor;
        Seed(string.Create(CultureInfo.InvariantCulture, $"step {_step}"));
        foreach (TrainableWeight weight in network.Weights.Values) weight.Harden(part);
        network.IsTraining = true;
        _optimizer.zero_grad();
        Tensor[] outputs = network.Forward(batch.Inputs);
        Tensor loss = Loss is null ? Distillation(batch, outputs[0], recipe.LabelShare) : Loss(batch, outputs);
        double task = loss.item<float>();
        if (recipe.BitsCost > 0 && !phase.WeightsStay && BitPrice.Count(network) is { } bits) loss = loss + bits * _price.Next(bits.item<float>(), share);
        loss.backward();
        nn.utils.clip_grad_norm_(_parameters.Where(p => p.Parameter.grad is not null).Select(p => p.Parameter), recipe.MostGradient);
        _optimizer.step();
        network.Constrain();
        if (!double.IsFinite(task)) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the loss of step {_step} is no number: the learning rate {rate} of phase {phase.Name} of {recipe.Name} is too high"));
        _step++;
        _trainedHere++;
        _imagesHere += batch.Count;
        _loss = double.IsNaN(_loss) ? task : _loss + 0.1 * (task - _loss);
        if (Elapsed - began is var took && took > _longestStep) _longestStep = took;
        Report(phase.Name);
    }

    private void Look(Func<EncodedTensor[]> export, Func<IReadOnlyList<EncodedTensor>, Quality> measure)
    {
        _looked = _step;
        if (!recipe.Phases[_phase].IsCompared && (limits.Size is null || recipe.BitsCost == 0)) return;
        TimeSpan began = Elapsed;
        EncodedTensor[] tensors;
        using (FinalizerGate.Close()) tensors = export();
        bool fits = true;
        if (limits.Size is { } size)
        {
            long length = size.LengthOf(tensors);
            _length = length;
            fits = length <= size.Bytes * (1 + size.Slack);
            using var scope = NewDisposeScope();
            using var off = no_grad();
            if (BitPrice.Count(network) is { } bits) _price.Calibrate(length, bits.item<float>());
        }
        if (recipe.Phases[_phase].IsCompared)
        {
            Quality now = measure(tensors);
            _last = now;
            if (fits && now.Loss < _best.Quality.Loss) _best = (tensors, now);
        }
        if (Elapsed - began is var took && took > _longestLook) _longestLook = took;
    }

    private void Report(string phase)
    {
        if (Progress is null) return;
        double seconds = _clock.Elapsed.TotalSeconds, perStep = seconds / _trainedHere;
        TimeSpan left = TimeSpan.FromSeconds(perStep * (limits.Steps - _step));
        if (limits.Time is { } time && time - Elapsed < left) left = time > Elapsed ? time - Elapsed : TimeSpan.Zero;
        Progress.Report(new TrainingProgress(phase, _step, limits.Steps, _loss, _last, _length, _imagesHere / seconds, left, Share));
    }

    /// <summary>What is random from here on follows from the training's seed and a name, whatever was before.</summary>
    private void Seed(string name)
    {
        SeededRandom random = SeededRandom.For(limits.Seed, name);
        manual_seed((long)(random.Next() >> 1));
    }

    /// <summary>What makes a checkpoint that of this training.</summary>
    private string Key() => string.Create(CultureInfo.InvariantCulture, $"{recipe.Describe()}\n{limits.Steps} {limits.Seed} {limits.Looks} {limits.Time} {limits.Size?.Bytes}\n{limits.Key}");

    private List<(string, Tensor)> Tensors() => [.. network.Parameters.Select(p => (p.Name, (Tensor)p.Parameter)), .. network.Buffers];

    private void Save()
    {
        if (limits.Checkpoint is not { } path || _optimizer is not Modules.OptimizerHelper optimizer) return;
        Checkpoint.Write(path, Key(), to =>
        {
            foreach (int number in (int[])[_phase, _step, _looked]) to.Write(number);
            Quality last = _last ?? new Quality(double.NaN, 0);
            foreach (double number in (double[])[Elapsed.TotalSeconds, _first.Loss, _first.Agreement, _best.Quality.Loss, _best.Quality.Agreement, last.Loss, last.Agreement, _loss, .. _price.State]) to.Write(number);
            Checkpoint.Write(to, _best.Tensors);
            Checkpoint.Write(to, Tensors());
            optimizer.save_state_dict(to);
        });
        _saved = Elapsed;
    }

    private bool TryResume() => limits.Checkpoint is { } path && Checkpoint.TryRead(path, Key(), from =>
    {
        int[] whole = [.. Enumerable.Range(0, 3).Select(_ => from.ReadInt32())];
        double[] numbers = [.. Enumerable.Range(0, 8).Select(_ => from.ReadDouble())];
        for (int i = 0; i < _price.State.Length; i++) _price.State[i] = from.ReadDouble();
        // Parameters of a phase follow from those of the phases before it; their values come from the file.
        while (_phase < whole[0]) Begin(_phase + 1);
        (_step, _looked) = (whole[1], whole[2]);
        _before = _saved = TimeSpan.FromSeconds(numbers[0]);
        _first = new Quality(numbers[1], numbers[2]);
        _best = (Checkpoint.ReadEncoded(from), new Quality(numbers[3], numbers[4]));
        if (!double.IsNaN(numbers[5])) _last = new Quality(numbers[5], numbers[6]);
        _loss = numbers[7];
        Checkpoint.Read(from, Tensors());
        ((Modules.OptimizerHelper)_optimizer!).load_state_dict(from);
    });
}
