namespace Lr2vq;

/// <summary>A generated class that carries its network: code that is generic in the class can load it (<c>AddLr2vqModel</c> of Lr2vq.Hosting does).</summary>
/// <typeparam name="TSelf">The class.</typeparam>
/// <remarks>Who wants to replace a network in tests takes the interface that each generated class has, <c>IModel</c>: it has the class's own
/// <c>Predict</c> and <c>PredictAsync</c>.</remarks>
public interface ILr2vqModel<TSelf> where TSelf : BackendModel, ILr2vqModel<TSelf>
{
    /// <summary>Loads the network from where the build has put it.</summary>
    /// <param name="options">Sessions, threads and memory; null for the defaults.</param>
    /// <exception cref="InvalidArtifactException">The artifact is damaged or of another model.</exception>
    static abstract TSelf Create(SessionOptions? options = null);
}
