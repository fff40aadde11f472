using System;
using System.Collections.Generic;
using Lr2vq;
using Lr2vq.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers networks that Lr2vq.Build compressed.</summary>
public static class Lr2vqServiceCollectionExtensions
{
    /// <summary>Adds a network: one for the process, shared by all threads, disposed by the container.</summary>
    /// <typeparam name="TModel">A class made of an <c>Lr2vqModel</c> item with an artifact of its own (<c>Storage</c> is not <c>None</c>).</typeparam>
    /// <param name="services">Takes the registration.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLr2vqModel<TModel>(this IServiceCollection services, Action<Lr2vqModelOptions>? configure = null)
        where TModel : BackendModel, ILr2vqModel<TModel>
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<Lr2vqModelOptions>(ModelLoader<TModel>.OptionsName);
        if (configure is not null) options.Configure(configure);
        services.TryAddSingleton(static provider => TModel.Create(ModelLoader<TModel>.Options(provider).Sessions));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ModelLoader<TModel>>(static provider => new ModelLoader<TModel>(provider)));
        return services;
    }

    /// <summary>Adds a network, and an interface that it is asked for by: <c>AddLr2vqModel&lt;ResNet18.IModel, ResNet18&gt;()</c>.</summary>
    /// <typeparam name="TService">The interface; tests register something else for it.</typeparam>
    /// <typeparam name="TModel">A class made of an <c>Lr2vqModel</c> item with an artifact of its own.</typeparam>
    /// <param name="services">Takes the registration.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddLr2vqModel<TService, TModel>(this IServiceCollection services, Action<Lr2vqModelOptions>? configure = null)
        where TService : class
        where TModel : BackendModel, ILr2vqModel<TModel>, TService
    {
        services.AddLr2vqModel<TModel>(configure);
        services.TryAddSingleton<TService>(static provider => provider.GetRequiredService<TModel>());
        return services;
    }

    /// <summary>Adds a health check: healthy if the network is loaded, or can be.</summary>
    /// <typeparam name="TModel">A network that is registered.</typeparam>
    /// <param name="builder">Takes the check.</param>
    /// <param name="name">Name of the check; null for that of the class.</param>
    /// <param name="failureStatus">What is reported of a network that cannot be loaded; null for unhealthy.</param>
    /// <param name="tags">Tags of the check; null for none.</param>
    /// <returns>The builder.</returns>
    public static IHealthChecksBuilder AddLr2vqModel<TModel>(this IHealthChecksBuilder builder, string? name = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null) where TModel : BackendModel, ILr2vqModel<TModel>
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name ?? typeof(TModel).Name, static provider => new ModelHealthCheck<TModel>(provider), failureStatus, tags));
    }
}
