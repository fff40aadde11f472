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

    /// <summary>Bits of all levels, or of what noise makes of them: a density over one step is a probability.</summary>
    public Tensor Bits(Tensor levels)
    {
        Tensor q = levels.abs(), widths = _widths.exp(), share = _mixture.sigmoid();
        Tensor p = Probability(q, widths[0]) * share + Probability(q, widths[1]) * (1 - share);
        return -p.clamp(min: 1e-9).log2().sum();
    }

    public void Constrain()
    {
        using var _ = no_grad();
        _widths.clamp_(-5, 8);
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
