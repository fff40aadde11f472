using System.Collections.Generic;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Weights;

/// <summary>What levels cost: −log₂ of their probability under a mixture of two Laplace distributions for each context, whose parameters are trained along.</summary>
internal sealed class LevelPrice
{
    private readonly Parameter _widths;     // log of the two scales of each context [2, contexts]
    private readonly Parameter _mixture;    // logit of the first [contexts]

    /// <param name="levels">[.., contexts].</param>
    public LevelPrice(Tensor levels)
    {
        long contexts = levels.shape[^1];
        using Tensor spread = levels.detach().abs().reshape(-1, contexts).mean([0], keepdim: true).clamp(min: 0.05);
        _widths = new Parameter(cat([(spread * 0.4).log(), (spread * 1.6).log()], 0).detach());
        _mixture = new Parameter(zeros(contexts));
    }

    public IEnumerable<(string Name, Parameter Parameter)> Parameters => [("widths", _widths), ("mixture", _mixture)];

    /// <summary>Bits of levels that noise moved: a density over one step is a probability.</summary>
    /// <param name="levels">[.., contexts].</param>
    public Tensor OfMoved(Tensor levels) => Of(levels.abs()).sum();

    /// <summary>Bits of whole levels. Value and gradients are those of <see cref="OfMoved"/>, but each level is priced once, however often it occurs.</summary>
    /// <param name="levels">[.., contexts], differentiable.</param>
    public Tensor OfRounded(Tensor levels)
    {
        levels = levels.reshape(-1, levels.shape[^1]);
        Tensor places, counts;
        long contexts = levels.shape[1], reach;
        using (no_grad())
        {
            // A level that is no number has no price; the loss will say so.
            Tensor whole = levels.abs().nan_to_num(0).clamp(max: short.MaxValue).to(ScalarType.Int64);
            reach = whole.max().item<long>() + 1;
            places = whole * contexts + arange(contexts);
            counts = places.reshape(-1).bincount(null, reach * contexts).reshape(reach, contexts).to(ScalarType.Float32);
        }
        Tensor table = arange(reach, dtype: ScalarType.Float32).reshape(-1, 1).expand(reach, contexts).clone().requires_grad_(), bits = Of(table);
        Tensor all = (bits * counts).sum();
        if (!is_grad_enabled() || !levels.requires_grad) return all;
        Tensor slopes = autograd.grad([bits.sum()], [table], retain_graph: true)[0].detach();
        Tensor plain = levels.detach();
        return all + ((levels - plain) * (slopes.reshape(-1).index_select(0, places.reshape(-1)).reshape(plain.shape) * plain.sign())).sum();
    }

    public void Constrain()
    {
        using var _ = no_grad();
        _widths.clamp_(-5, 8);
    }

    /// <summary>Bits of each of some levels, none negative.</summary>
    private Tensor Of(Tensor q)
    {
        Tensor widths = _widths.exp(), share = _mixture.sigmoid();
        Tensor p = Probability(q, widths[0]) * share + Probability(q, widths[1]) * (1 - share);
        return -p.clamp(min: 1e-9).log2();
    }

    /// <summary>∫ of a Laplace density over one step around |q|.</summary>
    private static Tensor Probability(Tensor q, Tensor width)
    {
        // Around zero the step has both signs; beyond it F(q + ½) − F(q − ½) = e^(−q/b)·sinh(1/2b).
        Tensor inner = 1 - (-(0.5 - q).clamp(min: 0) / width).exp() * 0.5 - (-(q + 0.5) / width).exp() * 0.5;
        Tensor outer = (((0.5 - q) / width).clamp(max: 0).exp() - (-(q + 0.5) / width).exp()) * 0.5;
        return where(q < 0.5, inner, outer);
    }
}
