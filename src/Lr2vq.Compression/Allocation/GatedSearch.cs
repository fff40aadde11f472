using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Codecs.Entropy;

namespace Lr2vq.Compression.Allocation;

/// <summary>Balanced: makes tensors finer until the gate lets the outputs pass, those first whose error weighs most for the bytes that it takes.</summary>
/// <remarks>The error of an output is about the sum of what each tensor alone does, and the error of a tensor goes with the square of its step, a bit a
/// weight for each half. So with S the change by a tensor alone at its present step and n its weights, steps ∝ √(n / S) cost the fewest bytes. What that
/// gives is encoded and measured as a whole, and repeated with another factor.</remarks>
internal sealed class GatedSearch(CompressionRun run, IOutputGate gate)
{
    /// <summary>Share of the limit that is aimed at, and below which a coarser try is worth its time.</summary>
    private const double Aim = 0.88, Wasteful = 0.75;
    /// <summary>Aims that differ by less than this are not worth another try between.</summary>
    private const double Near = 1.15;
    private const int Tries = 7;
    /// <summary>Bytes against those of the weight bound alone: what is too dear for classes that stay anyway, and what is spent on them instead.</summary>
    private const double Dear = 1.4, Cheap = 1.05;
    /// <summary>The same for keeping outputs for inputs that are unlikely.</summary>
    private const double Insurance = 1.08;
    private const int InsuranceTries = 3;
    /// <summary>Divergence of classes, in nats, up to which they stay.</summary>
    private const double MostDivergence = 0.1;
    /// <summary>The error of fp16 is that of a step a little below.</summary>
    private const double FinestStep = 1.0 / 1024;
    private const double FinestFactor = 1.0 / 512;
    /// <summary>Tensors of fewer weights do not repay the tables of an entropy code.</summary>
    private const int FewWeights = 512;

    private int[] _tensors = [];
    private double[] _changes = [];
    private TensorSpec[] _start = [];
    private double[] _steps = [];

    /// <summary>The tensors and what each alone did to the outputs, as squares of shares of the limit; empty if that was not asked.</summary>
    public IEnumerable<(int Tensor, double Change)> Alone => _tensors.Zip(_changes);

    /// <summary>False where what each tensor does alone would take too long to measure: then all count for as much as they have weights.</summary>
    public bool IsMeasuredAlone { get; private set; }

    /// <summary>Bytes of an artifact whose outputs pass, where that was too dear and classes are kept without; 0 else.</summary>
    public long BytesOfPassing { get; private set; }

    /// <param name="measure">Of what is encoded now.</param>
    /// <param name="mayKeepClasses">Where outputs are classes and passing is dear, the same classes will do.</param>
    /// <returns>Of what is encoded then: it passes, if anything can.</returns>
    public OutputMeasure Refine(OutputMeasure measure, bool mayKeepClasses)
    {
        Scan();
        if (_tensors.Length == 0) return measure;
        (_start, _steps) = ([.. _tensors.Select(i => run.Specs[i])], [.. _tensors.Select(EquivalentStep)]);
        long bytes = run.FileBytes;
        double together = measure.Share * measure.Share / Math.Max(_changes.Sum(), 1e-30), aim = Aim, passed = 0, failed = double.PositiveInfinity;
        (long Bytes, TensorSpec[] Specs, OutputMeasure Measure)? best = null;
        for (int tried = 0; tried < Tries; tried++)
        {
            double[] factors = Factors(together, aim * aim);
            EncodeFiner(factors);
            measure = gate.Measure(run.Tensors);
            if (measure.Share <= 1)
            {
                passed = aim;
                if (best is null || run.FileBytes < best.Value.Bytes) best = (run.FileBytes, [.. _tensors.Select(i => run.Specs[i])], measure);
                if (measure.Share >= Wasteful || factors.All(f => f >= 1)) break;
            }
            else
            {
                if (factors.All(f => f <= FinestFactor)) break;
                failed = aim;
            }
            // The change goes with the aim, until rounding and other errors matter.
            double next = aim * Math.Clamp(Aim / Math.Max(measure.Share, 1e-3), 0.1, 4);
            aim = next > passed && next < failed ? next : passed == 0 ? failed / 4 : double.IsInfinity(failed) ? passed * 1.5 : Math.Sqrt(passed * failed);
            if (passed > 0 && failed < Near * passed) break;
        }
        if (best is { } found)
        {
            if (mayKeepClasses && found.Bytes > Dear * bytes && TryKeepClasses(bytes, together) is { } classes)
            {
                BytesOfPassing = found.Bytes;
                return classes;
            }
            if (found.Measure.UnlikelyShare > 1 && TryInsure(found.Bytes, together, passed, found.Measure) is { } insured) return insured;
            run.Encode([.. _tensors.Select((i, t) => (i, found.Specs[t]))]);
            return found.Measure;
        }
        foreach (CompressionMethod method in (CompressionMethod[])[CompressionMethod.Fp16, CompressionMethod.Lossless])
        {
            run.Encode([.. _tensors.Select((i, t) => (i, Dense(_start[t], method)))]);
            measure = gate.Measure(run.Tensors);
            if (measure.Share <= 1) break;
        }
        return measure;
    }

    /// <summary>Measures what each tensor does alone.</summary>
    public void Scan()
    {
        if (_tensors.Length > 0) return;
        int[] tensors = [.. run.FreeTensors];
        if (gate.MeasureAlone(tensors, [.. tensors.Select(run.ReadersOf)], run.Tensors) is { } changes) (_tensors, _changes, IsMeasuredAlone) = (tensors, changes, true);
        else
        {
            // Too dear: as if noise were the same everywhere.
            double all = tensors.Sum(i => (double)run.LengthOf(i));
            (_tensors, _changes) = (tensors, [.. tensors.Select(i => run.LengthOf(i) / all)]);
        }
    }

    /// <summary>The least change that a few bytes more than at the start buy, if outputs are classes and those stay.</summary>
    private OutputMeasure? TryKeepClasses(long bytes, double together)
    {
        double low = 0, high = 60;
        for (int i = 0; i < 30; i++)
        {
            double middle = (low + high) / 2;
            double added = Factors(together, middle * middle).Select((f, t) => -run.LengthOf(_tensors[t]) * ExactMath.Log2(f) / 8).Sum();
            if (added > (Cheap - 1) * bytes) low = middle;
            else high = middle;
        }
        EncodeFiner(Factors(together, high * high));
        OutputMeasure measure = gate.Measure(run.Tensors);
        return run.FileBytes < Dear * bytes && measure.Changes.All(c => c.Divergence is <= MostDivergence) ? measure : null;
    }

    /// <summary>What passes for unlikely inputs too, if it does not take many bytes more.</summary>
    private OutputMeasure? TryInsure(long bytes, double together, double aim, OutputMeasure measure)
    {
        for (int tried = 0; tried < InsuranceTries; tried++)
        {
            aim *= Math.Clamp(Aim / measure.UnlikelyShare, 0.1, 0.95);
            EncodeFiner(Factors(together, aim * aim));
            if (run.FileBytes > Insurance * bytes) return null;
            measure = gate.Measure(run.Tensors);
            if (measure.Share <= 1 && measure.UnlikelyShare <= 1) return measure;
        }
        return null;
    }

    private void EncodeFiner(double[] factors) =>
        run.Encode([.. _tensors.Select((i, t) => (i, Finer(_start[t], _steps[t], factors[t], run.LengthOf(i))))]);

    /// <summary>Factors of steps, at most 1, whose predicted change meets the aim with the fewest bytes.</summary>
    private double[] Factors(double together, double aim)
    {
        double[] wanted = [.. _tensors.Select((i, t) => Math.Sqrt(run.LengthOf(i) / Math.Max(_changes[t], 1e-12)))];
        double Predicted(double scale) => together * wanted.Select((w, t) => _changes[t] * Square(Factor(w, scale))).Sum();
        double low = -60, high = 30;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            if (Predicted(ExactMath.Exp2(middle)) <= aim) low = middle;
            else high = middle;
        }
        return [.. wanted.Select(w => Factor(w, ExactMath.Exp2(low)))];
    }

    private static double Factor(double wanted, double scale) => Math.Clamp(wanted * scale, FinestFactor, 1);

    private static double Square(double x) => x * x;

    /// <summary>The step whose levels have the tensor's error.</summary>
    private double EquivalentStep(int tensor) => run.Specs[tensor].Treatment == TensorTreatment.Transform ? run.StepOf(tensor) : Math.Sqrt(12 * run.RelativeErrorOf(tensor));

    private static TensorSpec Finer(TensorSpec spec, double step, double factor, long length)
    {
        // A third of a decibel is not worth another form.
        if (factor > 0.96) return spec.Treatment == TensorTreatment.Transform ? spec with { Step = step } : spec;
        if (spec.Treatment == TensorTreatment.Bias) return Dense(spec, CompressionMethod.Lossless);
        double finer = ExactMath.Exp2(Math.Floor(8 * ExactMath.Log2(Math.Max(step * factor, 1e-9))) / 8);
        if (finer < FinestStep / 4) return Dense(spec, CompressionMethod.Lossless);
        if (finer < FinestStep || spec.Treatment != TensorTreatment.Transform && length < FewWeights) return Dense(spec, CompressionMethod.Fp16);
        return spec.Treatment == TensorTreatment.Transform ? spec with { Step = finer } : new TensorSpec(TensorTreatment.Transform, CompressionMethod.Ecsq) { Step = finer, Basis = null, IsPlain = spec.IsPlain };
    }

    private static TensorSpec Dense(TensorSpec spec, CompressionMethod method) =>
        spec.Treatment == TensorTreatment.Bias ? new TensorSpec(TensorTreatment.Exact, CompressionMethod.Lossless)
        : new TensorSpec(method == CompressionMethod.Fp16 ? TensorTreatment.Fp16 : TensorTreatment.Lossless, method);
}
