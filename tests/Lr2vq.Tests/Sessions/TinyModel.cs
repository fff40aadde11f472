using System;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Operators;
using Lr2vq.Tests.Artifact;

namespace Lr2vq.Tests.Sessions;

/// <summary>What the generator would write for <see cref="TinyArtifact.Lines"/>.</summary>
internal sealed class TinyModel(ModelSource source, SessionOptions? options = null, string structure = TinyArtifact.Structure)
    : Lr2vqModel(source, structure, options), ILr2vqModel<TinyModel>, TinyModel.IModel, IPredictingModel<ModelSession>
{
    /// <summary>What the generator would write beside it.</summary>
    public interface IModel
    {
        void Predict(ReadOnlySpan<float> x, Span<float> y);
    }

    public static TinyModel Create(SessionOptions? options = null) => new(ModelSource.Memory(TinyArtifact.Bytes()), options);

    public static TinyModel Load() => new(ModelSource.Memory(TinyArtifact.Bytes()));

    void IModel.Predict(ReadOnlySpan<float> x, Span<float> y) => this.Predict(x, y);

    public void CheckLengths(int x, int y)
    {
        CheckInput(0, x);
        CheckOutput(0, y);
    }

    public bool TryGetOutputShape(ReadOnlySpan<int> input, int output, Span<int> shape, out int rank) =>
        TryGetOutputShapes(input, output, shape, out rank);

    public void GiveBack(ModelSession session) => Return(session);

    public void Check(int input, int length, ReadOnlySpan<int> shape) => CheckInput(input, length, shape);

    public ModelSession Take() => Rent();

    public ValueTask<ModelSession> TakeAsync(CancellationToken cancellationToken) => RentAsync(cancellationToken);

    protected override void Execute(in StepRunner run)
    {
        run.Step<Add>(1);
        run.Step<ToBlocked>(2);
        run.Step<Relu>(3);
        run.Step<ToPlain>(4);
        run.Step<Reshape>(5);
    }
}
